/**
 * Relay of the leader tab: serves the tabs that follow from its own session (shared-socket.ts).
 * Passes most commands on as they are and answers `hello`, `subscribe` and `ping` itself. A topic is subscribed once for all tabs. A
 * follower first receives what it misses, from the leader's state or from history, and then every event; no `await` lies
 * between the last of the one and the first of the other, so there is no gap and no double. A follower that can't be served so
 * (an unknown cursor, a trimmed log, another user) opens a socket of its own.
 */
import type { Cursor, Message } from "../../src/model.ts";
import type { CommandFields, CommandType, ServerFrame } from "../../src/protocol.ts";
import type { CommandError } from "../client/requests.ts";
import type { Client } from "../client/client.ts";
import type { TopicState } from "../client/state.ts";

/** From a follower: joins on a line of this id, sends a frame on it, ends the line, or leaves. */
export type AskNote =
  | { kind: "join" | "hang-up"; tab: string; line: string }
  | { kind: "frame"; tab: string; line: string; text: string }
  | { kind: "leave"; tab: string };

/** To lines: the line is open, the leader is not connected yet, the line has ended, open an own socket, a frame. */
export type TellNote =
  | { kind: "joined" | "wait" | "shut" | "alone"; to: string[] }
  | { kind: "text"; to: string[]; text: string }
  /** To every waiting tab: the leader is connected. */
  | { kind: "up" };

export interface RelayOptions {
  client: Client;
  now: () => number;
  post: (note: TellNote) => void;
  /** Calls `ended` when a tab has gone, however it ended. */
  watch_: (tab: string, ended: () => void) => void;
}

export type Relay = ReturnType<typeof createRelay>;

/** Most messages replayed to a follower; beyond, the server serves better: it pages with flow control. */
const MAX_REPLAY = 2_000;
/** Cursors remembered per topic, to recognise a follower's. */
const MAX_CURSORS = 200;

interface Following {
  close: () => void;
  /** The follower has received everything up to now. */
  isLive: boolean;
}
interface Follower {
  tab: string;
  line: string;
  isIn: boolean;
  topics: Map<string, Following>;
}
type Subscribe = CommandFields["subscribe"];

/** Whether messages continue a list that ends with an offset. */
const follows = (messages: readonly Message[], offset: number): boolean =>
  messages.length > 0 && messages.every((message, i) => message.offset === offset + 1 + i);

export function createRelay({ client, now, post, watch_: watch }: RelayOptions) {
  const followers = new Map<string, Follower>();
  /** By topic, the tag of each offset at which an event ended. */
  const tags = new Map<string, Map<number, string>>();
  let deaf: (() => void) | undefined;

  const topicOf = (topic: string): TopicState | undefined => client.state.topics[topic];
  const isOnline = () => client.state.connection === "online";

  function drop(follower: Follower): void {
    if (followers.get(follower.tab) !== follower) return;
    followers.delete(follower.tab);
    for (const { close } of follower.topics.values()) close();
  }
  function dismiss(follower: Follower): void {
    post({ kind: "alone", to: [follower.line] });
    drop(follower);
  }
  /** Ends a follower's line. Its topics stay subscribed, because the follower will return. */
  function hangUp(follower: Follower): void {
    follower.isIn = false;
    for (const following of follower.topics.values()) following.isLive = false;
  }

  function onConnection(): void {
    const all = [...followers.values()];
    if (isOnline()) {
      const waiting = all.filter(({ isIn, line }) => !isIn && line);
      for (const follower of waiting) follower.isIn = true;
      post({ kind: "joined", to: waiting.map(({ line }) => line) });
      post({ kind: "up" });
    } else if (client.state.connection === "denied") for (const follower of all) dismiss(follower);
    else {
      const cut = all.filter(({ isIn }) => isIn);
      post({ kind: "shut", to: cut.map(({ line }) => line) });
      for (const follower of cut) {
        hangUp(follower);
        follower.line = "";
      }
    }
  }

  function join(tab: string, line: string): void {
    let follower = followers.get(tab);
    if (!follower) {
      const fresh: Follower = { tab, line, isIn: false, topics: new Map() };
      follower = fresh;
      followers.set(tab, fresh);
      watch(tab, () => drop(fresh));
    }
    hangUp(follower);
    follower.line = line;
    follower.isIn = isOnline();
    if (client.state.connection === "denied") dismiss(follower);
    else post({ kind: follower.isIn ? "joined" : "wait", to: [line] });
  }

  function serve(follower: Follower, text: string): void {
    const { type, id, ...fields } = JSON.parse(text) as { type: CommandType; id: unknown } & Record<
      string,
      unknown
    >;
    const { line } = follower;
    const isHere = () => follower.isIn && follower.line === line;
    const answer = (reply: object) => {
      if (isHere()) post({ kind: "text", to: [line], text: JSON.stringify({ type: "ok", ...reply, id }) });
    };
    if (type === "hello") greet(follower, fields, answer);
    else if (type === "ping") answer({ at: now() });
    else if (type === "subscribe") void subscribe(follower, fields as unknown as Subscribe, isHere, answer);
    else if (type === "unsubscribe") {
      const { topic } = fields as { topic: string };
      follower.topics.get(topic)?.close();
      follower.topics.delete(topic);
      answer({ topic });
    } else {
      client.command(type, fields as CommandFields[typeof type]).then(
        (reply) => {
          if ("user" in reply && !("session" in reply)) client.meet(reply.user);
          answer(reply);
        },
        ({ code, message, retry, retryAfterMs }: CommandError) =>
          answer({ type: "error", code, message, retry, retryAfterMs }),
      );
    }
  }

  /** Answers `hello` if the follower is the leader's user; dismisses it otherwise. */
  function greet(
    follower: Follower,
    { guest, token }: CommandFields["hello"],
    answer: (reply: object) => void,
  ): void {
    const { me, limits } = client.state;
    const { guest: own, isLapsed_: isLapsed } = client.credentials_();
    const isSigned = me !== undefined && me.role !== "guest";
    const isOther = token ? !isSigned : isSigned || (guest && own && guest !== own);
    if (isOther || isLapsed) dismiss(follower);
    else answer({ session: "", user: me, guest: token ? undefined : own, limits, version: "" });
  }

  /** Resolves to the topic once the server has granted or refused it; to undefined when the connection is lost first. */
  function settled(topic: string): Promise<TopicState | undefined> {
    return new Promise((resolve) => {
      const stop = client.listen(look);
      function look(): void {
        const t = topicOf(topic);
        if (t?.phase === "loading" && isOnline()) return;
        stop();
        resolve(isOnline() ? t : undefined);
      }
      look();
    });
  }

  /** Whether a cursor is a position in the log that the leader reads. */
  function isKnown({ cursor, last, topic }: TopicState, { epoch, offset, tag }: Cursor): boolean {
    if (epoch !== cursor?.epoch || offset > last) return false;
    return (
      offset === 0 || (offset === cursor.offset && tag === cursor.tag) || tags.get(topic)?.get(offset) === tag
    );
  }

  /** The messages after an offset; undefined unless the leader holds all of them. */
  function heldAfter({ messages, last }: TopicState, offset: number): Message[] | undefined {
    if (offset >= last) return [];
    const held = messages.filter((message) => message.offset > offset);
    return held.length === last - offset ? held : undefined;
  }

  async function subscribe(
    follower: Follower,
    asked: Subscribe,
    isHere: () => boolean,
    answer: (reply: object) => void,
  ): Promise<void> {
    const { topic, cursor } = asked;
    const { close } = client.open(topic, asked.last);
    const following: Following = { close, isLive: false };
    follower.topics.get(topic)?.close();
    follower.topics.set(topic, following);
    const isWanted = () => isHere() && follower.topics.get(topic) === following;
    const t = await settled(topic);
    if (!isWanted() || !t) return;
    const { refusal } = t;
    if (refusal && refusal.code !== "too-many-topics") {
      close();
      follower.topics.delete(topic);
      answer({ type: "error", ...refusal, retry: false });
    } else if (refusal || !t.cursor || (cursor && !isKnown(t, cursor))) dismiss(follower);
    else await catchUp(follower, following, t, asked, isWanted, answer);
  }

  /** Sends the follower the messages after its cursor, then makes it live. */
  async function catchUp(
    follower: Follower,
    following: Following,
    begin: TopicState,
    { topic, cursor, last = 0 }: Subscribe,
    isWanted: () => boolean,
    answer: (reply: object) => void,
  ): Promise<void> {
    const from = cursor?.offset ?? Math.max(begin.last - last, begin.first - 1, 0);
    const epoch = begin.cursor?.epoch ?? "";
    const missed: Message[] = [];

    /** Awaits nothing, so that every later event is live. False when the leader does not hold every message. */
    function handOver(t: TopicState, tag: string): boolean {
      const rest = heldAfter(t, from + missed.length);
      if (!rest) return false;
      const { first, can, facts, last: held } = t;
      // The leader's own replay may still be under way.
      const top = Math.max(held, t.liveFrom);
      // A page of history may be ahead of the leader's state: those messages arrive again, live.
      const messages = [...missed, ...rest].filter(({ offset }) => offset <= held);
      const start = cursor ?? { epoch, offset: from, tag: from === held ? tag : "" };
      const { typing: _, ...known } = facts;
      answer({ topic, cursor: start, first, top, can, recovered: true, ...known });
      if (messages[0]) answer({ type: "messages", topic, tag, messages });
      following.isLive = true;
      return true;
    }

    for (;;) {
      const t = topicOf(topic);
      const isSound = t?.cursor?.epoch === epoch && t.cursor.offset === t.last && !t.hole;
      if (!isSound || missed.length > MAX_REPLAY) return dismiss(follower);
      if (handOver(t, t.cursor?.tag ?? "")) return;
      const after = from + missed.length;
      const limit = client.state.limits.historyPage;
      const page = await client.command("history", { topic, after, limit }).catch(() => undefined);
      if (!isWanted()) return;
      if (page?.epoch !== epoch || !follows(page.messages, after)) return dismiss(follower);
      missed.push(...page.messages);
    }
  }

  /** Remembers the cursors at which events ended; a subscription that does not continue from one forgets them: the log is another. */
  function note(frame: ServerFrame): void {
    if (frame.type === "messages") {
      const known = tags.get(frame.topic) ?? new Map<number, string>();
      tags.set(frame.topic, known.set(frame.messages.at(-1)?.offset ?? 0, frame.tag));
      const [oldest] = known.keys();
      if (known.size > MAX_CURSORS && oldest !== undefined) known.delete(oldest);
    } else if (frame.type === "ok" && "cursor" in frame) {
      const { offset, tag } = frame.cursor;
      const known = tags.get(frame.topic);
      const goesOn = known?.get(offset) === tag;
      for (const at of known?.keys() ?? []) if (!goesOn || at > offset) known?.delete(at);
    }
  }

  return {
    /** This tab leads from now on. */
    start_(): void {
      deaf ??= client.listen(({ type }) => {
        if (type === "connection") onConnection();
      });
    },
    /** Ends the lead: every follower looks for another leader. */
    stop_(): void {
      deaf?.();
      deaf = undefined;
      const all = [...followers.values()];
      if (all[0]) post({ kind: "shut", to: all.map(({ line }) => line) });
      for (const follower of all) drop(follower);
    },
    hear(ask: AskNote): void {
      const follower = followers.get(ask.tab);
      if (ask.kind === "join") join(ask.tab, ask.line);
      else if (!follower) return;
      else if (ask.kind === "leave") drop(follower);
      else if (ask.line === follower.line && ask.kind === "frame" && follower.isIn) serve(follower, ask.text);
      else if (ask.line === follower.line && ask.kind === "hang-up") hangUp(follower);
    },
    /** Receives every frame that the client applied, whether this tab leads or not. */
    tap_(frame: ServerFrame): void {
      note(frame);
      if (frame.type === "ok" || !("topic" in frame)) return;
      const { topic } = frame;
      // Messages that the client did not apply, because of a hole before them, arrive again.
      const newest = frame.type === "messages" ? frame.messages.at(-1)?.offset : undefined;
      if (newest !== undefined && newest > (topicOf(topic)?.last ?? 0)) return;
      const to = [...followers.values()]
        .filter((f) => f.isIn && f.topics.get(topic)?.isLive)
        .map(({ line }) => line);
      if (to[0]) post({ kind: "text", to, text: JSON.stringify(frame) });
    },
  };
}
