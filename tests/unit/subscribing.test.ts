/** Changes of a reader's rights and name while the log is read for the reader's subscription. */
import { afterEach, expect, test } from "bun:test";
import { createEventStreams } from "../../src/doors/event-streams.ts";
import { type Peer, type Socket, SocketWriter } from "../../src/doors/peer.ts";
import { SessionSubscriptions } from "../../src/doors/subscriptions.ts";
import type { MessageLog } from "../../src/log/log.ts";
import type { ServerEvent } from "../../src/protocol.ts";
import { NO_RIGHTS } from "../../src/rights.ts";
import type { Identity } from "../../src/users/identity.ts";
import { createTestChat } from "../support/chat.ts";
import { createFolder } from "../support/folder.ts";

const root = createFolder();
let opened: MessageLog[] = [];
afterEach(async () => {
  for (const log of opened) await log.close();
  opened = [];
});

const ana: Identity = { user: { id: "g-ana", name: "Ana", role: "guest" } };
const cause = { by: "operator" };

/** A chat whose log answers `state` only after `release`. */
async function setUp() {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const parts = await createTestChat(root, {
    wrapLog: (log) => ({ ...log, state: (topic) => released.then(() => log.state(topic)) }),
  });
  opened.push(parts.log);
  const close = () => parts.policy.set("lobby", { guests: "none" }, cause);
  return { ...parts, release, closeToGuests: close };
}

/** A socket that records the native topics to which it is subscribed. */
function createSocket() {
  const native = new Set<string>();
  const frames: string[] = [];
  const socket: Socket = {
    data: {} as Peer,
    send: (frame) => frames.push(frame),
    cork: (write) => write(socket),
    subscribe: (name) => native.add(name),
    unsubscribe: (name) => native.delete(name),
    getBufferedAmount: () => 0,
    close: () => {},
    terminate: () => {},
  };
  return { native, frames, socket };
}

test("a session that loses the right to read while it subscribes is unsubscribed after the reply", async () => {
  const { release, closeToGuests, ...parts } = await setUp();
  const { socket, native, frames } = createSocket();
  const subscriptions = new SessionSubscriptions(parts);
  const events: ServerEvent[] = [];
  const begun = subscriptions.begin(ana, new SocketWriter(socket), "s", { topic: "lobby", people: true });
  await closeToGuests();
  subscriptions.reviewRights(ana, (event) => events.push(event));
  expect(events).toEqual([]);
  release();
  await (await begun)?.start();
  expect(events).toEqual([{ type: "rights", topic: "lobby", can: NO_RIGHTS }]);
  expect([[...native], frames, subscriptions.has("lobby")]).toEqual([[], [], false]);
});

test("a user who takes another name while a session subscribes is listed under that name", async () => {
  const { release, closeToGuests: _, ...parts } = await setUp();
  const { socket } = createSocket();
  const subscriptions = new SessionSubscriptions(parts);
  const begun = subscriptions.begin(ana, new SocketWriter(socket), "s", { topic: "lobby", people: true });
  subscriptions.changeUser({ user: { ...ana.user, name: "Anna" } });
  release();
  expect((await begun)?.result.people?.users?.map(({ name }) => name)).toEqual(["Anna"]);
});

test("a stream whose reader loses the right to read while it opens ends without a message", async () => {
  const { release, closeToGuests, ...parts } = await setUp();
  const counts = { open: 0, ended: 0 };
  const streams = createEventStreams({
    ...parts,
    drainWindowMs: 0,
    onOpen: () => (counts.open += 1),
    onClose: () => (counts.open -= 1),
  });
  const opening = streams.open(ana, "lobby", undefined, 0, {
    gone: new AbortController().signal,
    onEnd: () => (counts.ended += 1),
    onReplayed: () => {},
  });
  await closeToGuests();
  streams.reviewRights();
  release();
  expect(await (await opening).text()).toMatch(/^retry: \d+\n\n$/);
  expect(counts).toEqual({ open: 0, ended: 1 });
});
