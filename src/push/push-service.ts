/**
 * The task of sending push messages, which one node runs for all. Every node notes new messages and what is read, so that
 * another one can take over. Best effort: a crash may lose a message or send it again, and the same tag lets the second
 * replace the first.
 */
import type { Cluster } from "../log/cluster.ts";
import { createGiveWay } from "../give-way.ts";
import type { Entry } from "../log/log.ts";
import { decodeBody, isHiddenBody, isWhole, type StoredBody } from "../log/message-body.ts";
import { pause } from "../pause.ts";
import { createDelivery, type DeliveryParts } from "./delivery.ts";
import type { Device } from "./device.ts";
import { createPushQueue, type DuePush, type PushQueue, type PushResult } from "./push-queue.ts";

/** Messages that are looked at together. */
const DUE_AT_ONCE = 500;
/** A node without the task keeps what is due for longer than the task takes to move: 20 seconds and a turn. */
const TAKEOVER_MS = 40_000;
const LOOK_EVERY_MS = 1000;
const SWEEP_EVERY_MS = 600_000;
const TICK_MS = 50;
/** What happened and was not looked at. */
const MAX_HAPPENINGS = 20_000;
/** The longest sleep where nothing is due: a new message ends it. */
const IDLE_MS = 60_000;
/** Results go to other nodes together. */
const TELL_AFTER_MS = 100;
const NEWS = "push";
const QUESTION = "looking";

/** A user and a topic, to ask who looks. */
export interface Look {
  userId: string;
  topic: string;
}

interface Told extends Pick<DuePush, "device" | "topic" | "offset"> {
  kind: "sent" | "dropped";
}

export interface PushServiceParts extends Omit<DeliveryParts, "ended" | "now"> {
  cluster: Pick<Cluster, "isAlone" | "tell" | "onNews" | "ask" | "onQuestion">;
  /** Whether push messages are sent at all (`push`); devices are kept and reviewed while they are not. */
  isOn: boolean;
  /** Whether this node is the one that sends. */
  maySend: () => boolean;
  /** Of these users, those who look at the topic in a session of this node, as `user topic`. */
  lookersHere: (looks: readonly Look[]) => string[];
  /** Whether a user's access was taken away after the device was last used. */
  isRevoked: (device: Device) => boolean;
  waitMs: number;
  everyMs: number;
  now?: () => number;
}

export type PushService = ReturnType<typeof createPushService>;

/** A message, or that a user has read a topic. */
type Happening = Entry | { userId: string; topic: string; upTo: number };

/** Makes the list of what happened, in its order: nothing that happens waits for push messages. */
function createHappenings(wake: () => void) {
  let list: Happening[] = [];
  return {
    add(happening: Happening): void {
      // The oldest give way: a newer message stands for them.
      if (list.length >= MAX_HAPPENINGS) list = list.slice(MAX_HAPPENINGS / 2);
      list.push(happening);
      wake();
    },
    take(): Happening[] {
      const taken = list;
      list = [];
      return taken;
    },
  };
}

/** Makes the function that puts what happened into the queue. */
function createNoting(devices: PushServiceParts["devices"], queue: PushQueue) {
  function noteFor(device: Device, { topic, offset, userId }: Entry, body: StoredBody): void {
    const { kind, target = offset, mentions } = body;
    if (kind === "remove") queue.withdraw(device.id, topic, target);
    // The end of a growing message is an entry of the server's: its author is in the body.
    if (!isWhole(body) || [userId, body.user.id].includes(device.user.id)) return;
    const isWanted = device.topics[topic]?.mode === "all" || mentions?.includes(device.user.id);
    if (isWanted) queue.note(device.id, topic, target);
  }

  return async (happenings: readonly Happening[]): Promise<void> => {
    const giveWay = createGiveWay();
    for (const happening of happenings) {
      if ("upTo" in happening) {
        const { userId, topic, upTo } = happening;
        const ids = devices.ofUser(userId).map(({ id }) => id);
        queue.noteRead(ids, topic, upTo);
        continue;
      }
      // The message of a shadow-banned author reaches nobody.
      if (isHiddenBody(happening.body)) continue;
      const body = decodeBody(happening.body);
      for (const device of devices.inTopic(happening.topic)) {
        noteFor(device, happening, body);
        await giveWay();
      }
    }
  };
}

/** Makes the function that tells other nodes what was sent, some results at a time. */
function createTelling(cluster: PushServiceParts["cluster"]) {
  let told: Told[] = [];
  return (result: Told): void => {
    if (cluster.isAlone) return;
    if (told.length === 0)
      setTimeout(() => {
        cluster.tell(NEWS, told);
        told = [];
      }, TELL_AFTER_MS);
    told.push(result);
  };
}

/** Makes the functions that take devices away from users who lost their rights. */
function createReview({ devices, mayReceive, isRevoked }: PushServiceParts) {
  async function withdraw(device: Device): Promise<void> {
    const entries = Object.entries(device.topics);
    const kept = entries.filter(([topic]) => mayReceive(device, topic));
    const isEmpty = kept.length === 0 && entries.length > 0;
    if (isEmpty || isRevoked(device)) await devices.remove(device.id);
    else if (kept.length < entries.length) await devices.set({ ...device, topics: Object.fromEntries(kept) });
  }

  /** Reviews the devices of a user, or all. */
  return async (userId?: string): Promise<void> => {
    const giveWay = createGiveWay();
    for (const device of userId === undefined ? devices.all() : devices.ofUser(userId)) {
      await withdraw(device);
      await giveWay();
    }
  };
}

/** Makes the function that sends what is due to those who do not look. */
function createSending(
  { cluster, lookersHere }: PushServiceParts,
  { judge, deliver }: ReturnType<typeof createDelivery>,
  settle: (due: DuePush, result: PushResult) => void,
) {
  async function findLookers(looks: readonly Look[]): Promise<Set<string>> {
    if (looks.length === 0) return new Set();
    const { answers } = await cluster.ask(QUESTION, looks);
    return new Set([...lookersHere(looks), ...(answers as string[][]).flat()]);
  }

  return async (dues: readonly DuePush[]): Promise<void> => {
    const giveWay = createGiveWay();
    const judged: { due: DuePush; device: Device }[] = [];
    for (const due of dues) {
      const verdict = judge(due);
      if ("kind" in verdict) settle(due, verdict);
      else judged.push({ due, device: verdict });
      await giveWay();
    }
    const asked = judged.filter(({ due }) => due.offset > 0);
    const looks = asked.map(({ due, device }) => ({ userId: device.user.id, topic: due.topic }));
    const lookers = await findLookers(looks);
    for (const { due, device } of judged) {
      const isLooking = due.offset > 0 && lookers.has(`${device.user.id} ${due.topic}`);
      if (isLooking) settle(due, { kind: "dropped" });
      else void deliver(due, device).then((result) => result && settle(due, result));
      await giveWay();
    }
  };
}

/** Creates the service. It notes messages from now on, and sends nothing before `start`. */
export function createPushService(parts: PushServiceParts) {
  const { log, cluster, devices, maySend, logger, now = Date.now } = parts;
  const queue = createPushQueue({ ...parts, now });
  const stopping = new AbortController();
  const delivery = createDelivery({ ...parts, now, ended: stopping.signal });
  const review = createReview(parts);
  const tell = createTelling(cluster);
  const wakers = new Set<() => void>();
  let running: Promise<void> | undefined;
  let sweptAt = now();

  /** Whether something happened since the queue was last looked through. */
  let isWoken = false;
  function wake(): void {
    isWoken = true;
    for (const end of [...wakers]) end();
  }

  function settle(due: DuePush, result: PushResult): void {
    const { device, topic, offset } = due;
    queue.settle(device, topic, offset, result);
    if (result.kind !== "failed") tell({ device, topic, offset, kind: result.kind });
    wake();
  }
  const sendAll = createSending(parts, delivery, settle);

  const happenings = createHappenings(wake);
  const note = createNoting(devices, queue);

  const stopTail = log.tail((entries) => {
    if (!parts.isOn || devices.count() === 0) return;
    for (const entry of entries) if (devices.hasTopic(entry.topic)) happenings.add(entry);
  });
  devices.onChange((id) => {
    if (devices.get(id)) return;
    queue.forget(id);
    delivery.forget(id);
  });
  cluster.onNews(NEWS, (body) => {
    for (const { device, topic, offset, kind } of body as Told[])
      if (devices.get(device)) queue.settle(device, topic, offset, { kind });
  });
  cluster.onQuestion(QUESTION, (looks) => parts.lookersHere(looks as Look[]));

  /** What is done now and then. A failure waits for the next time. */
  async function lookAfter(hasTask: boolean, isNew: boolean): Promise<void> {
    // What changed while no node had the task.
    if (isNew) await review();
    if (!hasTask) queue.expire(TAKEOVER_MS);
    if (now() - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = now();
    queue.tidy();
    if (hasTask) await devices.sweep();
  }

  /** Notes what happened, and sends what is due. Resolves to the time until there is more to do, in milliseconds. */
  async function advance(hasTask: boolean, isNew: boolean): Promise<number> {
    await note(happenings.take());
    await lookAfter(hasTask, isNew);
    if (!hasTask) return LOOK_EVERY_MS;
    await sendAll(queue.take(DUE_AT_ONCE));
    return Math.min(queue.untilDue(), IDLE_MS);
  }

  async function run(): Promise<void> {
    let hadTask = false;
    while (!stopping.signal.aborted) {
      isWoken = false;
      const hasTask = maySend();
      const waitMs = await advance(hasTask, hasTask && !hadTask).catch((err) => {
        if (log.trouble() === undefined) logger.warn({ err }, "push messages are sent later");
        return LOOK_EVERY_MS;
      });
      hadTask = hasTask;
      if (!isWoken) await pause(waitMs, stopping.signal, wakers);
      // However much happens, the queue is looked through a few times a second.
      await pause(TICK_MS, stopping.signal);
    }
  }

  return {
    /** Notes that a user has read a topic up to an offset: what waits is dropped, what is shown is taken back. */
    noteRead(userId: string, topic: string, offset: number): void {
      if (parts.isOn && devices.ofUser(userId).length > 0) happenings.add({ userId, topic, upTo: offset });
    },

    /**
     * Removes what a user, or anyone, may not receive any more. Called on every node after a change; the node with the task
     * does it.
     */
    review(userId?: string): void {
      if (!maySend()) return;
      void review(userId).catch((err) => logger.warn({ err }, "push: changed rights are applied later"));
    },

    start(): void {
      running ??= run();
    },

    /** Stops sending: what waits is lost, or sent by another node. */
    async stop(): Promise<void> {
      stopTail();
      stopping.abort();
      await running;
    },
  };
}
