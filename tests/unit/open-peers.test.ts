/** Open sessions by their users: found at once among thousands, also after a session became another user's. */
import { expect, test } from "bun:test";
import { createOpenPeers } from "../../src/doors/open-peers.ts";
import type { Peer } from "../../src/doors/peer.ts";

function createPeer(userId: string | undefined) {
  const received: unknown[] = [];
  let looked = 0;
  const peer = {
    received,
    looked: () => looked,
    user: userId,
    get userId() {
      looked += 1;
      return peer.user;
    },
    address: `address of ${userId}`,
    isAway: false,
    follows: (topic: string) => topic === "lobby",
    sendEvent: (event: unknown) => void received.push(event),
    reviewRights: () => void received.push("reviewed"),
    goodbye: (reason: string) => void received.push(reason),
  };
  return peer as typeof peer & Peer;
}
const event = { type: "read", topic: "lobby", offset: 1 } as const;

test("an event for a user reaches all sessions of the user, and looks at no other session", () => {
  const peers = createOpenPeers((address) => address);
  const others = Array.from({ length: 1000 }, (_, i) => createPeer(`u:${i}`));
  const own = [createPeer("ana"), createPeer("ana"), createPeer("ana")];
  for (const peer of [...others, ...own]) peers.add(peer);
  const before = others.map((peer) => peer.looked());
  peers.sendToUser("ana", event);
  peers.sendToUser("nobody", event);
  expect(own.map(({ received }) => received)).toEqual([[event], [event], [event]]);
  expect(
    peers.lookers([
      { userId: "ana", topic: "lobby" },
      { userId: "ana", topic: "other" },
    ]),
  ).toEqual(["ana lobby"]);
  expect(peers.addressesOf("ana")).toEqual(["address of ana"]);
  for (const peer of own) peers.remove(peer);
  peers.sendToUser("ana", event);
  peers.endUser("ana");
  expect(own.map(({ received }) => received.length)).toEqual([1, 1, 1]);
  expect(others.map((peer) => peer.looked())).toEqual(before);
  expect(peers.size()).toBe(1000);
});

test("a session that becomes another user's receives what is for that user only", async () => {
  const peers = createOpenPeers((address) => address);
  const [guest, closed] = [createPeer(undefined), createPeer(undefined)];
  for (const peer of [guest, closed]) peers.add(peer);
  guest.user = "guest";
  peers.changeUser(guest, undefined);
  guest.user = "ana";
  peers.changeUser(guest, "guest");
  // A token may be checked when its session has ended meanwhile.
  peers.remove(closed);
  closed.user = "ana";
  peers.changeUser(closed, undefined);
  peers.sendToUser("guest", event);
  peers.sendToUser("ana", event);
  await peers.reviewRights("ana");
  expect(guest.received).toEqual([event, "reviewed"]);
  expect(closed.received).toEqual([]);
  peers.endUser("ana");
  expect(guest.received.at(-1)).toBe("revoked");
});
