/** Read marks of the widget in step with the server: asked for, taken, sent once, never backwards. */
import { describe, expect, test } from "bun:test";
import { createClient } from "../../widget/client/client.ts";
import * as markSync from "../../widget/page/mark-sync.ts";
import type { Keeper } from "../../widget/client/storage.ts";
import { createReadMarks } from "../../widget/page/read-marks.ts";
import { createAreas, FakeClock, FakeServer } from "../support/widget-fakes.ts";

const many = (n: number) => Array.from({ length: n }, (_, i) => `m${i + 1}`);

/** A network of one server and any number of devices. */
function createNetwork() {
  const clock = new FakeClock();
  const server = new FakeServer();
  return {
    clock,
    server,
    pass: (ms = 8000) => clock.pass(ms),
    /** Opens the lobby on a device that has stored `keeper`. */
    async device({ token, keeper = createAreas().keeper(), last = 30 }: DeviceOptions = {}) {
      const stop = new AbortController();
      const client = createClient({
        server: "http://kabar.test",
        keeper,
        clock,
        random: () => 1,
        credentials: { token },
        connect: server.connect,
      });
      const marks = createReadMarks(
        client,
        clock,
        { post: () => undefined, isLeading_: () => true },
        async () => markSync,
        stop.signal,
      );
      client.attach_({
        onFrame_: (frame) => void (frame.type === "read" && marks.applyServers_(frame.topic, frame.offset)),
      });
      const use = client.open("lobby", last);
      await clock.pass(200);
      return {
        client,
        marks,
        use,
        lobby: () => client.state.topics.lobby,
        unread: () => client.state.topics.lobby?.unread,
        /** The offsets that all devices have sent, by size. */
        sent: () =>
          server.sockets
            .flatMap(({ received }) => received.flatMap((f) => (f.type === "read" ? [f.offset] : [])))
            .filter((offset) => typeof offset === "number")
            .sort((a, b) => a - b),
        close(): void {
          stop.abort();
          client.stop();
        },
      };
    },
  };
}
interface DeviceOptions {
  token?: string | undefined;
  keeper?: Keeper;
  last?: number;
}

describe("a signed user", () => {
  test("finds on a new device what was read elsewhere: count, and line of new messages", async () => {
    const { server, device, pass } = createNetwork();
    for (const text of many(50)) server.publish(text);
    server.marks.set("u:a lobby", 5);
    const phone = await device({ token: "a" });
    await pass();
    // The count is the server's: the list holds fewer messages.
    expect(phone.lobby()).toMatchObject({ readTo: 5, unread: 45, newFrom: 6 });
    server.publish("m51");
    await pass();
    expect(phone.unread()).toBe(46);
    expect(phone.sent()).toEqual([]);
    phone.use.watch_(true);
    await pass();
    expect(phone.unread()).toBe(0);
    expect(server.marks.get("u:a lobby")).toBe(51);
  });

  test("has what one device shows read on the other, and once sent", async () => {
    const { server, device, pass } = createNetwork();
    server.publish("m1");
    const [laptop, phone] = [await device({ token: "a" }), await device({ token: "a" })];
    await pass();
    for (const text of ["m2", "m3", "m4"]) server.publish(text);
    await pass();
    expect([laptop.unread(), phone.unread()]).toEqual([3, 3]);
    laptop.use.watch_(true);
    await pass();
    expect([laptop.unread(), phone.unread()]).toEqual([0, 0]);
    expect(phone.lobby()).toMatchObject({ readTo: 4, newFrom: undefined });
    // The first visit begins the mark: what came before it is unread on no device.
    expect(phone.sent()).toEqual([1, 4]);
    server.publish("m5");
    await pass();
    expect(phone.lobby()).toMatchObject({ unread: 0, readTo: 5 });
    // Reactions, edits and own messages move no mark.
    server.log().push({ ...server.publish("x", "help"), topic: "lobby", offset: 6, kind: "edit", target: 5 });
    void laptop.client.send("lobby", "mine");
    await pass();
    expect(phone.sent()).toEqual([1, 4, 5]);
  });

  test("sends what was read without a connection after the next one, and takes what it missed", async () => {
    const { server, device, pass } = createNetwork();
    server.publish("m1");
    const [laptop, phone] = [await device({ token: "a" }), await device({ token: "a" })];
    server.publish("m2");
    await pass();
    server.isUp = false;
    server.drop();
    await pass(1000);
    laptop.use.watch_(true);
    await pass();
    expect(server.marks.get("u:a lobby")).toBe(1);
    server.isUp = true;
    await pass(60_000);
    expect(server.marks.get("u:a lobby")).toBe(2);
    expect(phone.unread()).toBe(0);
  });

  test("never goes back: a mark that is newer here is sent, one that is older there changes nothing", async () => {
    const { server, device, pass } = createNetwork();
    const areas = createAreas();
    for (const text of many(9)) server.publish(text);
    server.marks.set("u:a lobby", 4);
    const keeper = areas.keeper("granted");
    keeper.save({ reader: "u:a", read: { lobby: ["e1", 7] } });
    const phone = await device({ token: "a", keeper });
    await pass();
    expect(phone.lobby()).toMatchObject({ readTo: 7, unread: 2, newFrom: 8 });
    expect(server.marks.get("u:a lobby")).toBe(7);
    // On a browser that another user has read with, the server is right.
    server.marks.set("u:b lobby", 3);
    for (let visit = 0; visit < 2; visit++) {
      const shared = await device({ token: "b", keeper: areas.keeper("granted") });
      await pass();
      expect(shared.lobby()).toMatchObject({ readTo: 3, unread: 6, newFrom: 4 });
    }
    expect(server.marks.get("u:b lobby")).toBe(3);
  });

  test("sends at most one mark a while from a large topic, and the last at once when nobody looks", async () => {
    const { server, device, clock, pass } = createNetwork();
    const laptop = await device({ token: "a" });
    laptop.use.watch_(true);
    server.last.say({ type: "people", topic: "lobby", count: 10_000 });
    for (let i = 0; i < 100; i++) {
      server.publish(`m${i}`);
      await clock.pass(100);
    }
    const sent = laptop.sent().length;
    expect(sent).toBeLessThanOrEqual(10);
    laptop.marks.flush_();
    await pass(100);
    expect(server.marks.get("u:a lobby")).toBe(100);
  });

  test("whom the server refuses a mark for its rate sends it later", async () => {
    const { server, device, pass } = createNetwork();
    const laptop = await device({ token: "a" });
    laptop.use.watch_(true);
    let refused = 0;
    server.refuse = (f) =>
      f.type === "read" && refused++ < 2
        ? { type: "error", code: "rate-limited", message: "Slowly.", retry: true, retryAfterMs: 2000 }
        : undefined;
    server.publish("m1");
    await pass(30_000);
    expect(refused).toBe(3);
    expect(server.marks.get("u:a lobby")).toBe(1);
  });
});

describe("a guest", () => {
  test("who has not written sends nothing, whatever the storage; one who has written has marks", async () => {
    const { server, device, pass } = createNetwork();
    for (const mode of ["on-interaction", "granted", "session", "none"] as const) {
      const reader = await device({ keeper: createAreas().keeper(mode) });
      reader.use.watch_(true);
      server.publish(mode);
      await pass();
      expect(server.last.received.map(({ type }) => type)).not.toContain("read");
      reader.close();
    }
    const areas = createAreas();
    const writer = await device({ keeper: areas.keeper() });
    writer.use.watch_(true);
    void writer.client.send("lobby", "hello");
    server.publish("an answer");
    await pass();
    const { guest = "" } = writer.client.keeper.record;
    expect(server.marks.get(`${guest} lobby`)).toBe(server.log().length);
    writer.close();
    // Also after a reload, before the next message.
    const again = await device({ keeper: areas.keeper() });
    server.publish("another answer");
    await pass();
    expect(again.unread()).toBe(1);
    again.use.watch_(true);
    await pass();
    expect(server.marks.get(`${guest} lobby`)).toBe(server.log().length);
  });
});
