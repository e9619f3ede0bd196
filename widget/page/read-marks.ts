/**
 * Read markers, kept in step between a user's tabs: what one tab shows is read in all.
 * Markers travel by messages between tabs and not through storage, so that this works where nothing may be stored. mark-sync.ts,
 * which is loaded for users with marks on the server, keeps them in step between devices. client/storage.ts stores them.
 */
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";
import type { TopicState } from "../client/state.ts";
import type { MarkSync, MarkSyncParts } from "./mark-sync.ts";
import type { TabGroup } from "./tab-group.ts";

/** A tab's note: a topic is read up to an offset of an epoch. `isLast`: nobody sees the tab any more. */
export interface ReadNote {
  kind: "read";
  topic: string;
  epoch: string;
  offset: number;
  isLast?: boolean;
}

/** Loads mark-sync.ts. */
export type LoadMarkSync = () => Promise<{ createMarkSync: (parts: MarkSyncParts) => MarkSync }>;

/** Debounces the notes: in a busy topic every message is read at once, and a badge needs no more. */
const POST_MS = 100;

/**
 * Whether the user has marks on the server: signed users, and guests who have written and whose browser stores their credential.
 * Others have one device, and a crowd of them costs the server nothing.
 */
function hasMarks({ state, keeper }: Client): boolean {
  const { me, isLapsed, topics } = state;
  if (!me || isLapsed) return false;
  if (me.role !== "guest") return true;
  if (!keeper.consented) return false;
  const isMine = ({ user }: { user: { id: string } }) => user.id === me.id;
  return (
    keeper.record.reader === me.id ||
    Object.values(topics).some(({ pending, messages }) => pending[0] || messages.some(isMine))
  );
}

/** Applies a marker of another tab or device. The line of new messages moves with it while nobody sees the list. */
function applyMark({ state, dispatch }: Client, topic: string, offset: number): void {
  const before = state.topics[topic];
  if (!before || offset <= before.readTo) return;
  dispatch({ type: "read", topic, upTo: offset });
  if (before.seeing) return;
  const next = before.messages.find((m) => m.offset > offset && !m.kind && m.user.id !== state.me?.id);
  dispatch({ type: "set", topic, fields: { newFrom: next?.offset } });
}

/** Posts a note when something is read here, until `signal` is aborted. */
export function createReadMarks(
  client: Client,
  clock: Clock,
  { post, isLeading_: isLeading }: Pick<TabGroup, "post" | "isLeading_">,
  loadMarkSync: LoadMarkSync,
  signal: AbortSignal,
) {
  /** The markers of an earlier visit, before this one writes its own. */
  const stored = client.keeper.record.read ?? {};
  /** By topic and epoch, the offset that all tabs know. */
  const known = new Map<string, number>();
  /** The topics that were read since the tab was last hidden. */
  const fresh = new Set<string>();
  let timer: Timer | undefined;
  let sync: MarkSync | undefined;
  let isLoading = false;

  /** Loads what keeps the marks in step with the server, once the user has some. */
  async function begin(): Promise<void> {
    if (sync || isLoading || client.state.connection !== "online" || !hasMarks(client)) return;
    isLoading = true;
    const part = await loadMarkSync().catch(() => undefined);
    isLoading = false;
    if (!part || signal.aborted) return;
    sync = part.createMarkSync({
      client,
      clock,
      isLeading,
      stored,
      hasMarks: () => hasMarks(client),
      applyMark: (topic, offset) => applyMark(client, topic, offset),
    });
    sync.look_();
  }

  /** Posts what was read in a topic; with `isLast`, again what was posted since the tab was last hidden. */
  function postOf({ topic, cursor, readTo, seeing }: TopicState, isLast: boolean): void {
    if (!cursor) return;
    const { epoch } = cursor;
    const key = `${topic} ${epoch}`;
    const before = known.get(key);
    // A tab's first marker is news only if the user is looking at the topic.
    const isNews = before === undefined ? seeing : readTo > before;
    if (before === undefined || isNews) known.set(key, readTo);
    if (isNews) fresh.add(topic);
    if (isNews || (isLast && fresh.has(topic))) post({ kind: "read", topic, epoch, offset: readTo, isLast });
  }
  function postNews(isLast = false): void {
    clock.cancel(timer);
    timer = undefined;
    for (const topic of Object.values(client.state.topics)) postOf(topic, isLast);
    if (isLast) fresh.clear();
    void begin();
    sync?.look_();
  }
  function apply(topic: string, epoch: string, offset: number): void {
    const key = `${topic} ${epoch}`;
    known.set(key, Math.max(known.get(key) ?? 0, offset));
    applyMark(client, topic, offset);
  }

  /** Tells the others at once: the tab is hidden or closed. */
  function flush(): void {
    postNews(true);
    sync?.flush_();
  }
  const unsubscribe = client.listen((notice) => {
    if (notice.type === "connection" && notice.connection !== "online") sync?.lost_();
    if (notice.type === "change") timer ??= clock.after(POST_MS, postNews);
  });
  signal.addEventListener("abort", () => {
    flush();
    unsubscribe();
    sync?.stop_();
  });

  return {
    /** Applies another tab's note, if it is about the log that this tab reads. */
    apply({ topic, epoch, offset, isLast = false }: ReadNote): void {
      const cursor = client.state.topics[topic]?.cursor;
      if (cursor?.epoch === epoch) apply(topic, epoch, offset);
      if (!cursor || cursor.epoch === epoch) sync?.note_(topic, offset, isLast);
    },
    /** Applies the server's mark. */
    applyServers_(topic: string, offset: number): void {
      const epoch = client.state.topics[topic]?.cursor?.epoch;
      if (epoch !== undefined) apply(topic, epoch, offset);
      sync?.heard_(topic, offset);
    },
    flush_: flush,
  };
}
