/** Presence of several nodes, joined in one process. */
import { describe, expect, test } from "bun:test";
import type { Cluster, NewsListener } from "../../src/log/cluster.ts";
import { createLoneNode } from "../../src/log/cluster.ts";
import type { User } from "../../src/model.ts";
import { createPresence } from "../../src/topics/presence.ts";
import { sharePresence } from "../../src/topics/shared-presence.ts";

/** Nodes in one process: news arrives at once, and `settle` runs the timers. */
function createNodes(count: number) {
  const timers: (() => void)[] = [];
  const told: unknown[] = [];
  const listeners = Array.from({ length: count }, () => new Map<string, NewsListener>());
  const wanted = Array.from({ length: count }, () => [] as (() => void)[]);
  const gone = Array.from({ length: count }, () => [] as ((node: string) => void)[]);
  const nodes = listeners.map((own, index) => {
    const id = `node-${index}`;
    const cluster: Cluster = {
      ...createLoneNode(),
      id,
      tell(kind, body) {
        told.push(body);
        for (const other of listeners)
          if (other !== own) other.get(kind)?.(JSON.parse(JSON.stringify(body)), id);
      },
      onNews: (kind, listener) => void own.set(kind, listener),
      onStateWanted: (listener) => void wanted[index]?.push(listener),
      onGone: (listener) => void gone[index]?.push(listener),
    };
    const later = (callback: () => void) => void timers.push(callback);
    const inner = createPresence({ publish: () => undefined, publishTo: () => undefined });
    return { id, presence: sharePresence(inner, cluster, () => undefined, later) };
  });
  const [first, second] = nodes;
  if (!first || !second) throw new Error("two nodes at least");
  return {
    first,
    second,
    /** The bodies of all news so far. */
    told,
    /** Sends all changes that wait. */
    settle() {
      for (const callback of timers.splice(0)) callback();
    },
    /** A node tells its state, as for a node that has just come. */
    tellState(index: number) {
      for (const listener of wanted[index] ?? []) listener();
    },
    lose(index: number, node: string) {
      for (const listener of gone[index] ?? []) listener(node);
    },
  };
}

const userOf = (n: number): User => ({ id: `g-${n}`, name: `Guest ${n}`, role: "guest" });

describe("the presence of a cluster", () => {
  test("counts a user with sessions on two nodes once, until the last session ends", () => {
    const { first, second, settle } = createNodes(2);
    for (const { presence } of [first, second]) presence.join("lobby", userOf(1));
    settle();
    for (const { presence } of [first, second]) expect(presence.people("lobby").count).toBe(1);
    first.presence.leave("lobby", userOf(1));
    settle();
    for (const { presence } of [first, second]) expect(presence.people("lobby").count).toBe(1);
    second.presence.leave("lobby", userOf(1));
    settle();
    for (const { presence } of [first, second]) expect(presence.people("lobby").count).toBe(0);
  });

  test("sends topics with many users by their count, and by their names again when they are few", () => {
    const { first, second, settle } = createNodes(2);
    for (let n = 0; n < 150; n++) first.presence.join("lobby", userOf(n));
    second.presence.join("lobby", userOf(1000));
    settle();
    expect(second.presence.people("lobby")).toEqual({ count: 151 });
    expect(second.presence.nameOf("lobby", "g-5")).toBeUndefined();
    for (let n = 10; n < 150; n++) first.presence.leave("lobby", userOf(n));
    settle();
    expect(second.presence.people("lobby").users).toHaveLength(11);
    expect(second.presence.nameOf("lobby", "g-5")).toBe("Guest 5");
  });

  test("lists users once though their node tells its state again, and drops them when it is gone", () => {
    const { first, second, settle, tellState, lose } = createNodes(2);
    first.presence.join("lobby", userOf(1));
    first.presence.join("help", userOf(2));
    settle();
    tellState(0);
    tellState(0);
    expect(second.presence.people("lobby")).toEqual({ count: 1, users: [userOf(1)] });
    first.presence.leave("lobby", userOf(1));
    settle();
    expect(second.presence.people("lobby").count).toBe(0);
    lose(1, first.id);
    expect(second.presence.people("help").count).toBe(0);
  });

  test("takes the count of a crowd back when its node is gone, whatever else the node told of the topic", () => {
    const { first, second, settle, lose } = createNodes(2);
    first.presence.join("lobby", userOf(0));
    settle();
    first.presence.typing("lobby", "g-0");
    for (let n = 1; n < 150; n++) first.presence.join("lobby", userOf(n));
    settle();
    first.presence.stopTyping("lobby", userOf(0));
    settle();
    expect(second.presence.people("lobby")).toEqual({ count: 150 });
    lose(1, first.id);
    expect(second.presence.people("lobby")).toEqual({ count: 0, users: [] });
  });

  test("tells no node of the typing of a user who is not listed, or who is one of a crowd", () => {
    const { first, settle, told } = createNodes(2);
    first.presence.typing("lobby", "g-0");
    settle();
    expect(told).toEqual([]);
    for (let n = 0; n < 150; n++) first.presence.join("lobby", userOf(n));
    settle();
    first.presence.typing("lobby", "g-0");
    first.presence.stopTyping("lobby", userOf(0));
    settle();
    expect(told).toEqual([{ topics: [{ topic: "lobby", count: 150 }] }]);
  });

  test("shows the new picture of a user of another node", () => {
    const { first, second, settle } = createNodes(2);
    first.presence.join("lobby", userOf(1));
    settle();
    const avatar = "https://pictures.example/1.png";
    first.presence.rename("lobby", { ...userOf(1), avatar });
    settle();
    expect(second.presence.people("lobby").users).toEqual([{ ...userOf(1), avatar }]);
  });
});
