/**
 * The queue of push messages: what is due for which topic on which device, and when. At most one message for a topic and
 * a minute; later ones wait together. Forgets what is read meanwhile, and knows what has to be taken back. Pure: sends nothing.
 */

/** A notification that was shown is remembered for this time, so that it can be taken back. */
const SHOWN_MS = 86_400_000;

/** New messages of a topic for a device. */
interface Waiting {
  /** The newest one. */
  offset: number;
  /** How many they are. */
  count: number;
  dueAt: number;
  /** The time of the first one. */
  since: number;
}

/** What is to be sent: a message, or with `offset` 0 that the last one is read. */
export interface DuePush {
  device: string;
  topic: string;
  offset: number;
  count: number;
  since: number;
}

/** What came of it. `failed` is tried again at `retryAt`. */
export type PushResult = { kind: "sent" | "dropped" } | { kind: "failed"; retryAt: number };

interface Slot {
  device: string;
  topic: string;
  waiting?: Waiting | undefined;
  sending?: Waiting | undefined;
  sentAt: number;
  /** The offset of the notification that the device shows. */
  shown?: number | undefined;
  isReadWhileSending?: boolean;
  takesBack?: boolean;
}

/** When a slot is due, in milliseconds since 1970; never while something is being sent. */
const dueAt = ({ waiting, takesBack, sending }: Slot): number =>
  sending ? Number.POSITIVE_INFINITY : takesBack ? 0 : (waiting?.dueAt ?? Number.POSITIVE_INFINITY);

function takeBack(slot: Slot): void {
  slot.shown = undefined;
  slot.takesBack = true;
}

/** Takes what is due out of a slot. */
function takeFrom(slot: Slot, nowMs: number): DuePush {
  const { device, topic, waiting, takesBack } = slot;
  const next = takesBack || !waiting ? { offset: 0, count: 0, since: nowMs, dueAt: nowMs } : waiting;
  if (!takesBack) slot.waiting = undefined;
  slot.takesBack = false;
  slot.sending = next;
  return { device, topic, offset: next.offset, count: next.count, since: next.since };
}

/** Puts what could not be sent back, together with what came meanwhile. */
function putBack(slot: Slot, sending: Waiting, retryAt: number): void {
  const rest = slot.waiting;
  slot.waiting = {
    offset: rest?.offset ?? sending.offset,
    count: sending.count + (rest?.count ?? 0),
    since: sending.since,
    dueAt: Math.max(retryAt, rest?.dueAt ?? 0),
  };
}

export interface PushQueueOptions {
  waitMs: number;
  everyMs: number;
  now: () => number;
}

export type PushQueue = ReturnType<typeof createPushQueue>;

/**
 * Creates an empty queue. A message waits for `waitMs`, because its reader may be here; two of a topic are `everyMs` apart.
 * `now` is in milliseconds since 1970.
 */
export function createPushQueue({ waitMs, everyMs, now }: PushQueueOptions) {
  /** By device, then by topic. */
  const slots = new Map<string, Map<string, Slot>>();

  function slotOf(device: string, topic: string): Slot {
    const topics = slots.get(device) ?? new Map<string, Slot>();
    slots.set(device, topics);
    const slot = topics.get(topic) ?? { device, topic, sentAt: Number.NEGATIVE_INFINITY };
    topics.set(topic, slot);
    return slot;
  }
  function* all(): Generator<Slot> {
    for (const topics of slots.values()) yield* topics.values();
  }
  /** Forgets a topic of a device, or the device. */
  function forget(device: string, topic?: string): void {
    const topics = slots.get(device);
    if (topic !== undefined) topics?.delete(topic);
    if (topic === undefined || topics?.size === 0) slots.delete(device);
  }

  return {
    /** Notes a message of a topic for a device. */
    note(device: string, topic: string, offset: number): void {
      const slot = slotOf(device, topic);
      const { waiting } = slot;
      if (waiting) {
        if (offset > waiting.offset) slot.waiting = { ...waiting, offset, count: waiting.count + 1 };
        return;
      }
      const at = now();
      slot.waiting = { offset, count: 1, since: at, dueAt: Math.max(at + waitMs, slot.sentAt + everyMs) };
    },

    /** Notes that a user has read a topic up to an offset. `devices` are the user's. */
    noteRead(devices: readonly string[], topic: string, offset: number): void {
      for (const device of devices) {
        const slot = slots.get(device)?.get(topic);
        if (!slot) continue;
        const { waiting, sending } = slot;
        if (waiting && waiting.offset <= offset) slot.waiting = undefined;
        else if (waiting)
          slot.waiting = { ...waiting, count: Math.min(waiting.count, waiting.offset - offset) };
        if (sending && sending.offset <= offset) slot.isReadWhileSending = true;
        if (slot.shown !== undefined && slot.shown <= offset) takeBack(slot);
      }
    },

    /** Notes that a message was removed: a notification of it disappears. */
    withdraw(device: string, topic: string, offset: number): void {
      const slot = slots.get(device)?.get(topic);
      if (slot?.shown === offset) takeBack(slot);
    },

    /** Takes at most `limit` messages that are due. Each wants a `settle`. */
    take(limit: number): DuePush[] {
      const taken: DuePush[] = [];
      const nowMs = now();
      for (const slot of all()) {
        if (taken.length === limit) break;
        if (dueAt(slot) > nowMs) continue;
        taken.push(takeFrom(slot, nowMs));
      }
      return taken;
    },

    /** Notes what came of a message, on this node or on another one that has sent it. */
    settle(device: string, topic: string, offset: number, result: PushResult): void {
      const slot = slotOf(device, topic);
      const { sending, waiting } = slot;
      slot.sending = undefined;
      const isRead = slot.isReadWhileSending === true;
      slot.isReadWhileSending = false;
      // Another node has sent what waits here.
      if (waiting && waiting.offset <= offset) slot.waiting = undefined;
      if (result.kind === "sent" && offset > 0) {
        slot.sentAt = now();
        slot.shown = offset;
        if (slot.waiting) slot.waiting.dueAt = Math.max(slot.waiting.dueAt, slot.sentAt + everyMs);
        if (isRead) takeBack(slot);
      }
      const isLate = offset === 0 || isRead;
      if (result.kind === "failed" && sending && !isLate) putBack(slot, sending, result.retryAt);
    },

    /** Milliseconds until something is due; infinite when nothing waits. */
    untilDue(): number {
      let first = Number.POSITIVE_INFINITY;
      for (const slot of all()) first = Math.min(first, dueAt(slot));
      return Math.max(0, first - now());
    },

    /** Drops what has been due for longer than `ms`: another node has the task of sending. */
    expire(ms: number): void {
      for (const slot of all()) {
        slot.takesBack = false;
        if (slot.waiting && slot.waiting.dueAt < now() - ms) slot.waiting = undefined;
      }
    },

    /** Forgets what no rule asks for any more. */
    tidy(): void {
      const nowMs = now();
      for (const slot of [...all()]) {
        if (slot.shown !== undefined && slot.sentAt < nowMs - SHOWN_MS) slot.shown = undefined;
        const isNeeded = slot.takesBack || (slot.waiting ?? slot.sending ?? slot.shown) !== undefined;
        if (!isNeeded && slot.sentAt < nowMs - everyMs) forget(slot.device, slot.topic);
      }
    },

    forget,
  };
}
