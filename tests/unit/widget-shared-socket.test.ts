import { describe, expect, test } from "bun:test";
import type { Message } from "../../src/model.ts";
import { createClient } from "../../widget/client/client.ts";
import * as markSync from "../../widget/page/mark-sync.ts";
import { createIdentity } from "../../widget/page/identity.ts";
import { createTabs } from "../../widget/page/shared-socket.ts";
import { groupOf } from "../../widget/page/tab-group.ts";
import type { Credentials } from "../../widget/client/page-hooks.ts";
import { createAreas, FakeClock, FakeServer, settle } from "../support/widget-fakes.ts";

/** A browser's locks and channels, and tabs in it, all on one clock and one server. */
function createBrowser() {
  const clock = new FakeClock();
  const server = new FakeServer();
  const held = new Map<string, () => void>();
  const waiting: { name: string; take: () => void }[] = [];
  const channels = new Set<{
    name: string;
    tab: number;
    onmessage: ((e: { data: unknown }) => void) | null;
  }>();
  const dead = new Set<number>();
  let count = 0;

  function release(name: string): void {
    held.delete(name);
    const index = waiting.findIndex((request) => request.name === name);
    if (index >= 0) waiting.splice(index, 1)[0]?.take();
  }
  const claimFor = (tab: number) => (name: string, options: LockOptions) =>
    new Promise<(() => void) | undefined>((resolve, reject) => {
      const take = (): void => {
        const free = () => held.get(name) === free && release(name);
        held.set(name, free as () => void);
        owners.set(free as () => void, tab);
        resolve(free as () => void);
      };
      if (!held.has(name)) take();
      else if (options.ifAvailable) resolve(undefined);
      else {
        const request = { name, take, tab };
        waiting.push(request);
        options.signal?.addEventListener("abort", () => {
          const index = waiting.indexOf(request);
          if (index >= 0) waiting.splice(index, 1);
          reject(new Error("aborted"));
        });
      }
    });
  const owners = new Map<() => void, number>();

  return {
    clock,
    server,
    /** Opens a tab, in the lobby unless told otherwise. */
    async open({ topic = "lobby", last = 30, credentials = {} as Credentials } = {}) {
      const tab = ++count;
      const stop = new AbortController();
      const client = createClient({
        server: "http://kabar.test",
        keeper: createAreas().keeper("none"),
        clock: clock,
        random: () => 1,
        credentials,
      });
      const sockets: ReturnType<FakeServer["connect"]>[] = [];
      let ids = 0;
      const tabs = createTabs({
        client,
        clock_: clock,
        server: "http://kabar.test",
        claim: claimFor(tab),
        signal: stop.signal,
        openChannel(name) {
          const channel = {
            name,
            tab,
            onmessage: null as ((e: { data: unknown }) => void) | null,
            postMessage(note: unknown): void {
              const data = structuredClone(note);
              for (const other of channels) {
                if (other === channel || other.name !== name) continue;
                queueMicrotask(
                  () => !dead.has(other.tab) && channels.has(other) && other.onmessage?.({ data }),
                );
              }
            },
            close: () => void channels.delete(channel),
          };
          channels.add(channel);
          return channel;
        },
        openSocket() {
          const socket = server.connect();
          sockets.push(socket);
          return socket;
        },
        loadMarkSync: async () => markSync,
        makeId: () => `${tab}.${++ids}`,
      });
      const identity = createIdentity({
        client,
        clock_: clock,
        onChange: tabs.move,
        onSignOut: tabs.signedOut_,
      });
      client.attach_({
        connect: tabs.connect,
        onFrame_(frame) {
          if (frame.type === "read") tabs.mark_(frame.topic, frame.offset);
          tabs.tap_(frame);
        },
        onHelloRefused_: identity.onHelloRefused_,
        signOut: identity.signOut,
      });
      const use = client.open(topic, last);
      await clock.pass(0);
      return {
        client,
        tabs,
        identity,
        use,
        sockets,
        state: () => client.state.topics[topic],
        texts: () => client.state.topics[topic]?.messages.map((m) => m.text),
        /** Ends without a word, as a crash does: the browser gives its locks on. */
        async crash(): Promise<void> {
          dead.add(tab);
          for (const socket of sockets) socket.isDead = true;
          for (const [free, owner] of owners) if (owner === tab) free();
          await clock.pass(0);
        },
        /** Hears and says nothing any more, and holds its locks. */
        freeze: () => void dead.add(tab),
        async close(): Promise<void> {
          client.pause();
          tabs.leave();
          await clock.pass(0);
        },
      };
    },
    open_sockets: () => server.sockets.filter((socket) => !socket.isClosed && !socket.isDead).length,
  };
}
const many = (n: number, from = 1) => Array.from({ length: n }, (_, i) => `m${from + i}`);

describe("tabs of one browser", () => {
  test("share one connection; each receives the history, new messages, and the other tabs' messages", async () => {
    const browser = createBrowser();
    for (const text of many(5)) browser.server.publish(text);
    const [one, two, three] = [await browser.open(), await browser.open(), await browser.open()];
    expect(browser.server.sockets).toHaveLength(1);
    browser.server.publish("m6");
    void two.client.send("lobby", "from two");
    await browser.clock.pass(100);
    for (const tab of [one, two, three]) {
      expect(tab.texts()).toEqual([...many(6), "from two"]);
      expect(tab.client.state).toMatchObject({ connection: "online", me: { id: one.client.state.me?.id } });
      expect(tab.state()?.pending).toEqual([]);
    }
    expect(browser.server.last.received.filter((f) => f.type === "subscribe")).toHaveLength(1);
  });

  test("send the read marks of a user once, those of topics that the leader does not show too", async () => {
    const browser = createBrowser();
    const credentials = { token: "a" };
    const [one, two] = [await browser.open({ credentials }), await browser.open({ credentials })];
    const three = await browser.open({ credentials, topic: "help" });
    await browser.clock.pass(8000);
    const sent = (sockets = browser.server.sockets) =>
      sockets.flatMap(({ received }) =>
        received.flatMap((f) => (f.type === "read" && "offset" in f ? [`${f.topic} ${f.offset}`] : [])),
      );
    expect(sent().sort()).toEqual(["help 0", "lobby 0"]);
    for (const tab of [one, two, three]) tab.use.watch_(true);
    browser.server.publish("m1");
    browser.server.publish("m1", "help");
    await browser.clock.pass(8000);
    expect(sent().slice(2).sort()).toEqual(["help 1", "lobby 1"]);
    // The last of a hidden tab goes at once, and a mark that died with the leader is sent by the next.
    browser.server.publish("m2", "help");
    await browser.clock.pass(0);
    three.tabs.hide_();
    await browser.clock.pass(0);
    expect(sent().slice(4)).toEqual(["help 2"]);
    browser.server.publish("m2");
    await browser.clock.pass(200);
    await one.crash();
    await browser.clock.pass(16_000);
    expect(sent([browser.server.sockets[1] ?? browser.server.last])).toContain("lobby 2");
  });

  test("keep a topic subscribed until the last of them leaves it", async () => {
    const browser = createBrowser();
    const [one, two] = [await browser.open(), await browser.open({ topic: "help" })];
    const three = await browser.open({ topic: "help" });
    expect(one.client.state.topics.help?.phase).toBe("ready");
    two.use.close();
    await browser.clock.pass(0);
    browser.server.publish("still", "help");
    await browser.clock.pass(0);
    expect(three.texts()).toEqual(["still"]);
    await three.close();
    expect(browser.server.last.received.at(-1)).toMatchObject({ type: "unsubscribe", topic: "help" });
  });

  test("each receive the reason for a refused topic", async () => {
    const browser = createBrowser();
    browser.server.refuse = (f) =>
      f.type === "subscribe" && f.topic === "staff"
        ? { type: "error", code: "forbidden", message: "Not you.", retry: false }
        : undefined;
    await browser.open();
    const two = await browser.open({ topic: "staff" });
    expect(two.state()).toMatchObject({ phase: "refused", refusal: { code: "forbidden" } });
  });

  test("deliver new messages to a follower once, after its history", async () => {
    const browser = createBrowser();
    for (const text of many(300)) browser.server.publish(text);
    await browser.open({ last: 10 });
    const handle = browser.server.last.onframe;
    browser.server.last.onframe = (frame) => {
      // Between the question for history and its answer, something is published.
      if (frame.type === "history") browser.server.publish(`m${browser.server.log().length + 1}`);
      handle(frame);
    };
    browser.server.log().length = 300;
    const two = await browser.open({ last: 200 });
    await browser.clock.pass(0);
    expect(browser.server.sockets).toHaveLength(1);
    expect(browser.server.log().length).toBeGreaterThan(300);
    expect(two.texts()).toEqual(many(browser.server.log().length).slice(100));
    expect(two.state()?.last).toBe(browser.server.log().length);
  });
});

describe("the leader's end", () => {
  for (const how of ["close", "crash"] as const) {
    test(`(${how}) makes another tab the leader, without loss or doubles`, async () => {
      const browser = createBrowser();
      const [one, two, three] = [await browser.open(), await browser.open(), await browser.open()];
      for (const text of many(3)) browser.server.publish(text);
      await settle();
      await one[how]();
      for (const text of many(3, 4)) browser.server.publish(text);
      await browser.clock.pass(2_000);
      browser.server.publish("m7");
      await browser.clock.pass(0);
      for (const tab of [two, three]) {
        expect(tab.texts()).toEqual(many(7));
        expect(tab.client.state.connection).toBe("online");
      }
      expect(browser.open_sockets()).toBe(1);
    });
  }

  test("a message whose answer died with the leader is stored once, by the same guest", async () => {
    const browser = createBrowser();
    const [one, two] = [await browser.open(), await browser.open()];
    const { server } = browser;
    const { last: socket } = server;
    const handle = socket.onframe;
    socket.onframe = (frame) => {
      if (frame.type !== "publish") return handle(frame);
      const { onmessage } = socket;
      socket.onmessage = null;
      handle(frame);
      socket.onmessage = onmessage;
    };
    void two.client.send("lobby", "once");
    await browser.clock.pass(0);
    await one.crash();
    await browser.clock.pass(5_000);
    expect(server.log().map((m) => m.text)).toEqual(["once"]);
    expect(two.state()?.pending).toEqual([]);
    expect(two.texts()).toEqual(["once"]);
  });

  test("a frozen leader that holds its locks is not waited for", async () => {
    const browser = createBrowser();
    const one = await browser.open();
    browser.server.publish("m1");
    one.freeze();
    const two = await browser.open();
    await browser.clock.pass(3_000);
    expect(two.client.state.connection).toBe("online");
    expect(two.texts()).toEqual(["m1"]);
    expect(two.sockets).toHaveLength(1);
  });

  test("a follower whose leader freezes later notices by itself", async () => {
    const browser = createBrowser();
    const [one, two] = [await browser.open(), await browser.open()];
    one.freeze();
    browser.server.publish("m1");
    await browser.clock.pass(60_000);
    expect(two.client.state.connection).toBe("online");
    expect(two.texts()).toEqual(["m1"]);
  });

  test("a lost connection of the leader is one loss for all tabs, and each resumes at its cursor", async () => {
    const browser = createBrowser();
    const tabs = [await browser.open(), await browser.open(), await browser.open()];
    browser.server.publish("m1");
    browser.server.isUp = false;
    browser.server.drop();
    for (const text of many(50, 2)) browser.server.publish(text);
    await browser.clock.pass(40_000);
    expect(tabs.map(({ client }) => client.state.connection)).not.toContain("online");
    browser.server.isUp = true;
    await browser.clock.pass(60_000);
    for (const tab of tabs) expect(tab.texts()).toEqual(many(51));
    expect(browser.open_sockets()).toBe(1);
  });

  test("a follower that ends without a message leaves nothing at the leader", async () => {
    const browser = createBrowser();
    const one = await browser.open();
    const two = await browser.open({ topic: "help" });
    await two.crash();
    expect(one.client.state.topics.help).toBeUndefined();
  });
});

describe("a follower the leader cannot serve completely", () => {
  test("has a cursor unknown to the leader, as a backup was restored while the tab slept", async () => {
    const browser = createBrowser();
    const one = await browser.open();
    for (const text of many(4)) browser.server.publish(text);
    const two = await browser.open();
    await two.close();
    // The log loses its end and goes on differently; the leader's tab is reloaded and knows only the new one.
    await one.close();
    browser.server.log().length = 3;
    browser.server.publish("written instead");
    const fresh = await browser.open();
    expect(fresh.texts()).toEqual([...many(3), "written instead"]);
    two.client.resume();
    await browser.clock.pass(5_000);
    expect(two.texts()).toEqual([...many(3), "written instead"]);
    expect(two.sockets).toHaveLength(1);
  });

  test("missed more than the leader keeps, and receives it from the server page by page", async () => {
    const browser = createBrowser();
    await browser.open();
    browser.server.publish("m1");
    const two = await browser.open();
    await two.close();
    const { server } = browser;
    const [leader] = server.sockets;
    const user = { id: "x", name: "x", role: "guest" } as const;
    for (let batch = 0; batch < 10; batch++) {
      const messages = many(500, batch * 500 + 2).map((text, i): Message => ({
        topic: "lobby",
        offset: batch * 500 + 2 + i,
        id: text,
        user,
        text,
        at: 0,
      }));
      server.log().push(...messages);
      const end = messages.at(-1)?.text;
      leader?.say({ type: "messages", topic: "lobby", tag: `t-${end}-${end}`, messages });
    }
    two.client.resume();
    await browser.clock.pass(10_000);
    expect(two.state()?.last).toBe(5_001);
    expect(two.state()?.gaps).toEqual([]);
  });

  test("is another guest, as it wrote before the leader had a credential", async () => {
    const browser = createBrowser();
    const one = await browser.open({ credentials: { guest: "g-one" } });
    const two = await browser.open();
    expect(two.client.state.me?.id).toBe(one.client.state.me?.id ?? "");
  });
});

test("tabs share for the same server and user, whatever the token's times", () => {
  const token = (claims: object) =>
    `h.${btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_")}.s`;
  const of = (claims: object) => groupOf("http://a", token(claims));
  expect(of({ sub: "1", iat: 1, exp: 2, jti: "x" })).toBe(of({ sub: "1", iat: 5, exp: 9 }));
  expect(of({ sub: "1" })).not.toBe(of({ sub: "2" }));
  expect(of({ sub: "1" })).not.toBe(of({ sub: "1", topics: { staff: "write" } }));
  expect(of({ sub: "1" })).not.toBe(groupOf("http://a", undefined));
  expect(groupOf("http://a", undefined)).not.toBe(groupOf("http://b", undefined));
  expect(groupOf("http://a", "not a token")).not.toBe(groupOf("http://a", "nor this"));
});
