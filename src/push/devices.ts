/**
 * The devices of all users, kept in a reserved topic of the log. A device's newest entry is its state. Held in memory on every
 * node: the tail brings the changes of the others. What a change replaces is cleared from the log at once.
 */
import { createGiveWay } from "../give-way.ts";
import type { Entry, MessageLog } from "../log/log.ts";
import type { Device } from "./device.ts";

/** Reserved: a topic of users begins with a letter or digit. */
const DEVICES_TOPIC = "$push";
/** The author of entries that remove a device: they name no user. */
const REMOVER = "push";
/** What is left of a replaced entry. */
const CLEARED = "{}";
const PAGE = 500;
/** Entries beyond two for each device, after which the topic is written anew. */
const SPARE_ENTRIES = 500;
/** A device is forgotten when its user was not here for so long: push services drop unused addresses, too. */
const FORGET_AFTER_MS = 90 * 86_400_000;

type State = Omit<Device, "id">;
interface Kept extends Device {
  offset: number;
}

export type Devices = Awaited<ReturnType<typeof loadDevices>>;

/** The devices in memory, by id, user and topic. */
function createIndex() {
  const byId = new Map<string, Kept>();
  const groups = { user: new Map<string, Set<Kept>>(), topic: new Map<string, Set<Kept>>() };

  const keysOf = (device: Kept) =>
    [
      [groups.user, device.user.id],
      ...Object.keys(device.topics).map((topic) => [groups.topic, topic] as const),
    ] as const;

  function remove(id: string): void {
    const device = byId.get(id);
    if (!device) return;
    byId.delete(id);
    for (const [group, key] of keysOf(device)) {
      const members = group.get(key);
      members?.delete(device);
      if (members?.size === 0) group.delete(key);
    }
  }

  return {
    byId,
    groups,
    remove,
    add(device: Kept): void {
      remove(device.id);
      byId.set(device.id, device);
      for (const [group, key] of keysOf(device)) group.set(key, (group.get(key) ?? new Set()).add(device));
    },
    clear(): void {
      byId.clear();
      groups.user.clear();
      groups.topic.clear();
    },
  };
}

/** Loads the devices and follows their changes. `now` is in milliseconds since 1970. */
export async function loadDevices(log: MessageLog, now: () => number = Date.now) {
  const index = createIndex();
  const { byId, groups } = index;
  const listeners = new Set<(id: string) => void>();

  function apply({ topic, offset, body }: Entry): void {
    if (topic !== DEVICES_TOPIC) return;
    const { device, state } = JSON.parse(body) as { device?: string; state?: State | null };
    if (device === undefined || (byId.get(device)?.offset ?? 0) > offset) return;
    if (state) index.add({ id: device, ...state, offset });
    else index.remove(device);
    for (const listener of listeners) listener(device);
  }

  async function load(): Promise<void> {
    const giveWay = createGiveWay();
    for (let after = 0; ;) {
      const page = await log.read(DEVICES_TOPIC, { after, limit: PAGE });
      for (const entry of page) apply(entry);
      after = page.at(-1)?.offset ?? after;
      await giveWay();
      if (page.length < PAGE) return;
    }
  }
  // Before the load: nothing that is stored meanwhile is missed, and an older state never replaces a newer one.
  const stopTail = log.tail((entries) => entries.forEach(apply));
  await load();
  const stopBreaks = log.onBreak((topics) => {
    if (!topics.includes(DEVICES_TOPIC)) return;
    index.clear();
    // What cannot be read now is read after the next break; until then these devices receive nothing.
    void load().catch(() => undefined);
  });

  /** Changes one after the other, so that each clears what it replaces. */
  let changing: Promise<unknown> = Promise.resolve();
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changed = changing.then(change, change);
    changing = changed.catch(() => undefined);
    return changed;
  }

  const append = (userId: string, device: string, state: State | null): Promise<unknown> =>
    log.append({
      topic: DEVICES_TOPIC,
      userId,
      id: crypto.randomUUID(),
      body: JSON.stringify({ device, state }),
      isRelaxed: true,
    });

  async function replace(userId: string, device: string, state: State | null): Promise<void> {
    const replaced = byId.get(device)?.offset;
    await append(userId, device, state);
    if (replaced !== undefined) await log.scrub(DEVICES_TOPIC, [replaced], () => CLEARED);
  }

  const remove = (id: string): Promise<void> =>
    inTurn(async () => {
      if (byId.has(id)) await replace(REMOVER, id, null);
    });

  /** Writes the topic anew when most of it is cleared. */
  async function compact(): Promise<void> {
    const { first, top } = await log.state(DEVICES_TOPIC);
    if (top - first < 2 * byId.size + SPARE_ENTRIES) return;
    const giveWay = createGiveWay();
    for (const { id, offset, ...state } of [...byId.values()]) {
      if (offset <= top && byId.get(id)?.offset === offset) await append(state.user.id, id, state);
      await giveWay();
    }
    await log.trim(DEVICES_TOPIC, top);
  }

  return {
    get: (id: string): Device | undefined => byId.get(id),
    ofUser: (userId: string): Device[] => [...(groups.user.get(userId) ?? [])],
    inTopic: (topic: string): Iterable<Device> => groups.topic.get(topic) ?? [],
    /** Whether a device wants messages of a topic. */
    hasTopic: (topic: string): boolean => groups.topic.has(topic),
    all: (): Device[] => [...byId.values()],
    count: (): number => byId.size,

    /** Sets a device. Resolves when it is stored. */
    set({ id, ...state }: Device): Promise<void> {
      const { offset: _, ...stored } = state as State & { offset?: number };
      return inTurn(() => replace(state.user.id, id, stored));
    },

    /** Removes a device. */
    remove,

    /** Calls `listener` with the id of each device that is set or removed, on any node. */
    onChange: (listener: (id: string) => void): void => void listeners.add(listener),

    /** Removes the devices of a user, and everything in the log that names the user. */
    async erase(userId: string, owner: string): Promise<void> {
      for (const { id } of [...(groups.user.get(userId) ?? [])]) await remove(id);
      await log.disown(DEVICES_TOPIC, userId, owner, () => CLEARED);
    },

    /** Forgets devices that were not used for three months. One node does so for all. */
    async sweep(): Promise<void> {
      for (const { id, seenAt } of [...byId.values()]) if (seenAt < now() - FORGET_AFTER_MS) await remove(id);
      await inTurn(compact);
    },

    stop(): void {
      stopTail();
      stopBreaks();
    },
  };
}
