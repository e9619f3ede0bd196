import { describe, expect, test } from "bun:test";
import { pauseBefore } from "../../widget/client/clock.ts";
import { createSocket, type SocketStatus } from "../../widget/client/socket.ts";
import { FakeClock, FakeSocket, settle } from "../support/widget-fakes.ts";

/** A socket on connections that the test opens and closes by hand; the pauses are as long as they can be. */
function start(isImpossible = false) {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  const log: string[] = [];
  const statuses: SocketStatus[] = [];
  function connect(): FakeSocket {
    if (isImpossible) throw new Error("SecurityError");
    const made = new FakeSocket();
    sockets.push(made);
    return made;
  }
  const socket = createSocket(clock, () => 1, connect, {
    onOpen_: () => log.push("opened"),
    onText_: (text) => log.push(text),
    onStatus_(status) {
      statuses.push(status);
      log.push(status.phase_);
    },
    onImpossible_: () => log.push("impossible"),
  });
  const last = () => sockets.at(-1) ?? new FakeSocket();
  socket.start_();
  return { socket, clock, sockets, log, last, status: () => statuses.at(-1) };
}

describe("a connection that is lost", () => {
  test("is retried after pauses that double up to a bound, with full jitter", () => {
    expect([0, 1, 2, 3, 9].map((n) => pauseBefore(n, () => 1))).toEqual([1_000, 2_000, 4_000, 8_000, 30_000]);
    expect(pauseBefore(3, () => 0)).toBe(0);
  });

  test("pauses longer each time until the server accepts the client", async () => {
    const { socket, clock, sockets, last } = start();
    last().end();
    await clock.pass(1_000);
    last().accept();
    last().end();
    await clock.pass(1_999);
    expect(sockets).toHaveLength(2);
    await clock.pass(1);
    expect(sockets).toHaveLength(3);
    last().accept();
    socket.settle_();
    last().end();
    await clock.pass(1_000);
    expect(sockets).toHaveLength(4);
  });

  test("is retried exactly at the server's time", async () => {
    const { socket, clock, sockets, last } = start();
    last().accept();
    socket.comeBackAfter_(7_000);
    last().end(4000);
    await clock.pass(6_999);
    expect(sockets).toHaveLength(1);
    await clock.pass(1);
    expect(sockets).toHaveLength(2);
  });

  test.each([1000, 1001, 1006, 1012, 4000, 4003, 4499])("with code %d is retried", async (code) => {
    const { clock, sockets, last } = start();
    last().accept();
    last().end(code);
    await clock.pass(60_000);
    expect(sockets.length).toBeGreaterThan(1);
  });

  test.each([4500, 4501, 4777, 4999])("with code %d is not retried", async (code) => {
    const { clock, sockets, last, status } = start();
    last().accept();
    last().end(code);
    await clock.pass(600_000);
    expect(sockets).toHaveLength(1);
    expect(status()).toEqual({ phase_: "ended", code });
    expect(clock.waiting).toBe(0);
  });

  test("ends when the handshake is not answered", async () => {
    const { clock, sockets } = start();
    await clock.pass(15_000 + 1_000);
    expect(sockets).toHaveLength(2);
    expect(sockets[0]?.isClosed).toBe(true);
  });

  test("ignores later events of the old connection", async () => {
    const { clock, sockets, log, last } = start();
    last().accept();
    const old = last();
    const late = old.onmessage;
    last().end();
    await clock.pass(1_000);
    late?.({ data: "late" });
    old.say({ type: "later" });
    expect(sockets).toHaveLength(2);
    expect(log.filter((entry) => entry.includes("later"))).toEqual([]);
  });
});

describe("a connection that died without a close", () => {
  test("is pinged after 25 quiet seconds and dropped 10 seconds later", async () => {
    const { clock, sockets, last } = start();
    last().accept();
    last().isDead = true;
    await clock.pass(25_000);
    expect(last().received).toEqual([{ type: "ping", id: "ping" }]);
    await clock.pass(9_999);
    expect(sockets[0]?.isClosed).toBe(false);
    await clock.pass(1 + 1_000);
    expect(sockets).toHaveLength(2);
  });

  test("is kept when it answers, and pinged again later", async () => {
    const { clock, sockets, last } = start();
    last().accept();
    last().onframe = () => last().say({ type: "ok" });
    await clock.pass(300_000);
    expect(sockets).toHaveLength(1);
    expect(last().received.length).toBeGreaterThan(5);
  });

  test("is not pinged while frames arrive", async () => {
    const { clock, last } = start();
    last().accept();
    for (let i = 0; i < 30; i++) {
      await clock.pass(10_000);
      last().say({ type: "messages" });
    }
    expect(last().received).toEqual([]);
  });

  test("is detected within seconds after ten minutes of sleep", async () => {
    const { clock, sockets, last } = start();
    last().accept();
    last().isDead = true;
    await clock.sleep(600_000);
    expect(last().received).toHaveLength(1);
    await clock.pass(5_000 + 1_000);
    expect(sockets).toHaveLength(2);
  });

  test("is pinged at once when the page wakes it", async () => {
    const { socket, clock, sockets, last } = start();
    last().accept();
    last().isDead = true;
    socket.wake_();
    expect(last().received).toHaveLength(1);
    await clock.pass(5_000 + 1_000);
    expect(sockets).toHaveLength(2);
  });
});

describe("the network", () => {
  test("that is offline is reported, retried rarely, and retried at once when back", async () => {
    const { socket, clock, sockets, log, last } = start();
    last().accept();
    last().isDead = true;
    socket.setOnline_(false);
    await clock.pass(5_000);
    expect(log.at(-1)).toBe("offline");
    await clock.pass(29_999);
    expect(sockets).toHaveLength(1);
    await clock.pass(1);
    expect(sockets).toHaveLength(2);
    last().end();
    socket.setOnline_(true);
    expect(sockets).toHaveLength(3);
  });

  test("that the browser wrongly reports as offline is used as long as it works", async () => {
    const { socket, clock, sockets, last, status } = start();
    last().accept();
    last().onframe = () => last().say({ type: "ok" });
    socket.setOnline_(false);
    await clock.pass(120_000);
    expect(sockets).toHaveLength(1);
    expect(status()?.phase_).toBe("open");
  });

  test("that changes while waiting ends the wait", () => {
    const { socket, sockets, last, status } = start();
    last().end();
    socket.setOnline_(false);
    expect(status()?.phase_).toBe("offline");
    socket.setOnline_(true);
    expect(sockets).toHaveLength(2);
  });
});

test("an error without a close counts as a lost connection", async () => {
  const { clock, sockets, last } = start();
  last().onerror?.();
  await clock.pass(100 + 1_000);
  expect(sockets).toHaveLength(2);
});

test("a stopped socket leaves no timer and no connection, and starts again", async () => {
  const { socket, clock, sockets, last } = start();
  last().accept();
  socket.stop_();
  expect(clock.waiting).toBe(0);
  expect(last().isClosed).toBe(true);
  expect(socket.send("x")).toBe(false);
  socket.start_();
  await settle();
  expect(sockets).toHaveLength(2);
});

test("a connection that the browser forbids is not retried", async () => {
  const { clock, log } = start(true);
  await clock.pass(600_000);
  expect(log).toEqual(["connecting", "ended", "impossible"]);
});
