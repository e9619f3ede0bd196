import { describe, expect, test } from "bun:test";
import { createAreas, FakeServer } from "../support/widget-fakes.ts";
import { start } from "../support/widget-start.ts";

/** A site that signs tokens "ana:1", "ana:2", … for whoever is signed in. */
function createSite(who: string | undefined = "ana") {
  const site = {
    who: who as string | undefined,
    asked: 0,
    isDown: false,
    token: async () => {
      if (site.isDown) throw new Error("The site is down.");
      return site.who && `${site.who}:${++site.asked}`;
    },
  };
  return site;
}
const hellos = (server: FakeServer) =>
  server.sockets.flatMap((socket) => socket.received.filter((frame) => frame.type === "hello"));

describe("a signed user", () => {
  test("sends hello with the token alone, and the device stores none of it", async () => {
    const credentials = { token: "ana:0" };
    const areas = createAreas();
    const { client, clock, server } = await start({ credentials, areas });
    expect(hellos(server)).toEqual([{ type: "hello", id: 1, token: "ana:0" }]);
    expect(client.state.me).toMatchObject({ id: "u:ana", role: "user" });
    void client.send("lobby", "hi");
    await clock.pass(5_000);
    expect(server.log()).toMatchObject([{ user: { id: "u:ana" }, text: "hi" }]);
    expect(JSON.stringify([areas.local, areas.session])).not.toContain("ana:0");
  });

  test("signs in mid-visit on the same session: nothing loads again, and unsent messages go out", async () => {
    const { client, clock, server, identity, of } = await start();
    server.publish("before");
    let isHeld = true;
    server.refuse = (f) =>
      f.type === "publish" && isHeld
        ? { type: "error", code: "rate-limited", message: "", retry: true, retryAfterMs: 1_000 }
        : undefined;
    void client.send("lobby", "unsent");
    await identity.identify({ token: "ana:1" });
    isHeld = false;
    await clock.pass(2_000);
    expect(server.sockets).toHaveLength(1);
    expect(server.last.received.filter((f) => f.type === "subscribe")).toHaveLength(1);
    expect(of("identity").at(-1)).toMatchObject({ me: { id: "u:ana" } });
    expect(server.log()).toMatchObject([{ text: "before" }, { text: "unsent", user: { id: "u:ana" } }]);
  });

  test("keeps unsent messages with their author, or waits for a decision", async () => {
    const areas = createAreas();
    const member = await start({ areas, credentials: { token: "ana:1" } });
    member.server.isUp = false;
    member.server.drop();
    void member.client.send("lobby", "as Ana").catch(() => undefined);
    member.client.stop();

    const again = await start({ areas, credentials: { token: "ana:1" } });
    expect(again.server.log()).toMatchObject([{ text: "as Ana", user: { id: "u:ana" } }]);

    again.server.isUp = false;
    again.server.drop();
    void again.client.send("lobby", "as Ana, too").catch(() => undefined);
    again.client.stop();
    const guest = await start({ areas });
    expect(guest.server.log()).toEqual([]);
    const [waiting] = guest.client.state.topics.lobby?.pending ?? [];
    expect(waiting).toMatchObject({ text: "as Ana, too", failed: "signed-out" });
    guest.client.retry(waiting?.id ?? "");
    await guest.clock.pass(0);
    expect(guest.server.log()).toMatchObject([{ text: "as Ana, too", user: { role: "guest" } }]);
  });

  test("receives a fresh token at half of the remaining time, and keeps the session", async () => {
    const site = createSite();
    const { clock, server, identity, of } = await start();
    await identity.identify({ token: site.token });
    server.last.say({ type: "token", inMs: 60_000 });
    await clock.pass(29_000);
    expect(site.asked).toBe(1);
    await clock.pass(2_000);
    expect(server.last.received.filter((f) => f.type === "identify").map((f) => f.token)).toEqual([
      "ana:1",
      "ana:2",
    ]);
    expect(server.sockets).toHaveLength(1);
    expect(of("error")).toEqual([]);
  });

  test("reconnects with the newest token, and requests another when it has expired", async () => {
    const site = createSite();
    const { client, clock, server, identity } = await start();
    await identity.identify({ token: site.token });
    server.drop();
    await clock.pass(5_000);
    expect(hellos(server).at(-1)).toMatchObject({ token: "ana:1" });
    server.spent.add("ana:1");
    server.publish("missed");
    server.drop();
    await clock.pass(5_000);
    expect(hellos(server).at(-1)).toMatchObject({ token: "ana:2" });
    expect(client.state).toMatchObject({ connection: "online", me: { id: "u:ana" } });
    expect(client.state.topics.lobby).toMatchObject({ phase: "ready", last: 1 });
  });

  test("whose token expires reads on as a guest, receives an event, and writes again with a fresh token", async () => {
    const site = createSite();
    const { client, clock, server, identity, of, texts } = await start();
    await identity.identify({ token: site.token });
    site.isDown = true;
    server.last.say({ type: "token", inMs: 0 });
    await clock.pass(1_000);
    expect(of("error")).toMatchObject([{ code: "token-failed" }]);
    expect(client.state).toMatchObject({ connection: "online", isLapsed: true, me: { role: "guest" } });
    void client.send("lobby", "mine");
    server.publish("theirs");
    await clock.pass(100_000);
    expect(texts()).toEqual(["theirs"]);
    expect(of("error")).toHaveLength(1);
    site.isDown = false;
    await clock.pass(60_000);
    expect(client.state).toMatchObject({ isLapsed: false, me: { id: "u:ana" } });
    expect(server.log().map((m) => [m.text, m.user.id])).toEqual([
      ["theirs", "ana"],
      ["mine", "u:ana"],
    ]);
  });

  test("with a token that is refused twice stops trying", async () => {
    const site = createSite();
    const server = new FakeServer();
    for (let i = 1; i < 100; i++) server.spent.add(`ana:${i}`);
    const { client, clock, identity, of } = await start({ server2: server });
    await identity.identify({ token: site.token });
    await clock.pass(20_000);
    expect(client.state).toMatchObject({ connection: "online", isLapsed: true });
    expect(of("error")).toMatchObject([{ code: "token-expired", message: "Not this one." }]);
    expect(site.asked).toBeLessThan(4);
  });

  test("whose attribute holds an expired token receives one event, however often the page is shown", async () => {
    const server = new FakeServer();
    server.spent.add("ana:0");
    const { client, clock, identity, of } = await start({ server2: server });
    await identity.identify({ token: "ana:0" });
    for (let i = 0; i < 5; i++) {
      await clock.pass(60_000);
      identity.wake_();
    }
    expect(of("error")).toHaveLength(1);
    expect(server.sockets.length).toBeLessThan(4);
    expect(client.state.connection).toBe("online");
  });

  test("becomes another user or a guest by a hello of its own", async () => {
    const { client, clock, server, identity, texts } = await start();
    server.publish("kept");
    await identity.identify({ token: "ana:1" });
    await identity.identify({ token: "budi:1" });
    await clock.pass(0);
    expect(client.state.me?.id).toBe("u:budi");
    await identity.identify();
    await clock.pass(0);
    expect(client.state.me?.role).toBe("guest");
    expect(texts()).toEqual(["kept"]);
  });

  test("sees topics that the guest was refused", async () => {
    const server = new FakeServer();
    let isClosed = true;
    server.refuse = (f) =>
      f.type === "subscribe" && isClosed
        ? { type: "error", code: "forbidden", message: "Members only.", retry: false }
        : undefined;
    const { client, clock, identity } = await start({ server2: server });
    expect(client.state.topics.lobby?.phase).toBe("refused");
    isClosed = false;
    await identity.identify({ token: "ana:1" });
    await clock.pass(0);
    expect(client.state.topics.lobby?.phase).toBe("ready");
  });

  test("a user without a sign-in is a guest without any event", async () => {
    const site = createSite("");
    site.who = undefined;
    const { client, clock, identity, of } = await start();
    await identity.identify({ token: site.token });
    await clock.pass(1_000);
    expect(of("error")).toEqual([]);
    expect(client.state).toMatchObject({ connection: "online", me: { role: "guest" } });
    expect(client.state.isLapsed).toBeFalsy();
  });

  test("a slow answer of an earlier source changes nothing", async () => {
    let answer: (token: string) => void = () => undefined;
    const { client, clock, identity } = await start();
    void identity.identify({ token: () => new Promise((resolve) => (answer = resolve)) });
    await identity.identify({ token: "budi:1" });
    answer("ana:1");
    await clock.pass(100);
    expect(client.state.me?.id).toBe("u:budi");
  });
});

describe("a guest", () => {
  test("has the page's name unless the guest chose one, and nothing is stored for it", async () => {
    const areas = createAreas();
    const { client, clock, identity, server } = await start({ areas });
    await identity.identify({ name: "Ana of the page" });
    await clock.pass(0);
    expect(client.state.me?.name).toBe("Ana of the page");
    server.drop();
    await clock.pass(3_000);
    expect(hellos(server).at(-1)).toMatchObject({ name: "Ana of the page" });
    expect([areas.local, areas.session]).toEqual([{}, {}]);
    await client.rename("Chosen");
    await identity.identify({ name: "Another" });
    await clock.pass(0);
    expect(client.state.me?.name).toBe("Chosen");
  });

  test("in a second tab becomes the guest who wrote in the first", async () => {
    const areas = createAreas();
    const server = new FakeServer();
    const one = await start({ areas, server2: server });
    const two = await start({ areas, server2: server });
    expect(two.client.state.me?.id).not.toBe(one.client.state.me?.id ?? "");
    void one.client.send("lobby", "hi");
    await one.clock.pass(0);
    two.identity.adopt_();
    await two.clock.pass(0);
    expect(two.client.state.me?.id).toBe(one.client.state.me?.id ?? "");
    await one.client.rename("Budi");
    two.identity.adopt_();
    await two.clock.pass(0);
    expect(two.client.state.me?.name).toBe("Budi");
  });

  test("who signs out becomes another guest, and forgetting leaves nothing stored", async () => {
    const { client, clock, areas, server, identity } = await start();
    void client.send("lobby", "hi");
    await clock.pass(0);
    const before = client.state.me?.id;
    identity.signOut({ forget: true });
    await clock.pass(3_000);
    expect(client.state.me?.id).not.toBe(before ?? "");
    expect([areas.local, areas.session]).toEqual([{}, {}]);
    expect(server.last.received[0]?.guest).toBeUndefined();
  });

  test("who was signed in and signs out is a guest", async () => {
    const { client, clock, identity } = await start({ credentials: { token: "ana:1" } });
    identity.signOut();
    await clock.pass(1_000);
    expect(client.state.me?.role).toBe("guest");
  });
});
