/** Webhooks without a server: signatures, public addresses, and how a runner gives up and goes on. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import type { PlacedEvent } from "../../src/hooks/feed-events.ts";
import { createFeedWriter } from "../../src/hooks/feed-writer.ts";
import { appendReferences, FEED_TOPIC, readReference, referencesTo } from "../../src/hooks/feed-log.ts";
import { createFeed } from "../../src/hooks/feed.ts";
import { createHookSender } from "../../src/hooks/hook-request.ts";
import { pauseAfter, runHook } from "../../src/hooks/hook-runner.ts";
import { createHookService } from "../../src/hooks/hook-service.ts";
import { type HookState, readStates } from "../../src/hooks/hook-states.ts";
import { createOutgoingHooks } from "../../src/hooks/outgoing-hooks.ts";
import { isPublicAddress } from "../../src/hooks/public-addresses.ts";
import { hookSecret, signedHeaders } from "../../src/hooks/signature.ts";
import { loadControl } from "../../src/log/control.ts";
import { createLogger } from "../../src/logger.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf, openTestLog } from "../support/log.ts";
import { hasCommand, testWith } from "../support/parts.ts";
import { until } from "../support/until.ts";

const secret = hookSecret("a server's secret", "4f1c0a9be2d7");
const body = '{"text":"Grüße 👋"}';

test("a signature passes the library of Standard Webhooks, and no other body does", () => {
  const headers = signedHeaders(secret, "evt_1", Math.floor(Date.now() / 1000), body);
  expect(new Webhook(secret).verify(body, headers)).toEqual({ text: "Grüße 👋" });
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  expect(() => new Webhook(hookSecret("a server's secret", "other")).verify(body, headers)).toThrow();
});

testWith(
  "Python",
  hasCommand("python3"),
  "install Python 3.9 or newer",
)("the function of docs/HOOKS.md accepts what this server signs, and nothing else", async () => {
  const page = await Bun.file(join(import.meta.dir, "../../docs/HOOKS.md")).text();
  const source = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const now = 1_700_000_000;
  const headers = JSON.stringify(signedHeaders(secret, "evt_1", now, body));
  const call = (text: string, at: number) =>
    `is_genuine(${JSON.stringify(secret)}, json.loads(${JSON.stringify(headers)}), ${JSON.stringify(text)}.encode(), ${at})`;
  const script = `${source}\nimport json\nprint(${call(body, now)}, ${call(`${body}x`, now)}, ${call(body, now + 301)})\n`;
  const child = Bun.spawnSync(["python3", "-"], { stdin: Buffer.from(script) });
  expect(child.stdout.toString()).toBe("True False False\n");
});

describe("an address is public only when every reader of it could be anywhere:", () => {
  test.each(
    "8.8.8.8 1.1.1.1 172.15.0.1 172.32.0.1 192.167.1.1 100.63.1.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808".split(
      " ",
    ),
  )("%s is", (address) => expect(isPublicAddress(address)).toBe(true));
  test.each(
    "0.0.0.0 0.1.2.3 10.1.1.1 100.64.0.1 127.0.0.1 127.255.1.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.168.0.1 198.19.0.1 203.0.113.9 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 fe80::1 fe80::1%eth0 fc00::1 fd12::1 fec0::1 ff02::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 100::1 localhost 127.1".split(
      " ",
    ),
  )("%s is not", (address) => expect(isPublicAddress(address)).toBe(false));
});

test("a private address gets no request, and the reason names no address", async () => {
  let requests = 0;
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(String(++requests)) });
  const send = createHookSender({ allowsPrivate: false, timeoutMs: 1000 });
  const ended = new AbortController().signal;
  for (const host of ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"]) {
    const answer = await send(`http://${host}:${server.port}/?secret=x`, "{}", {}, ended);
    expect(answer).toEqual({ error: "the host has a private address", ms: expect.any(Number) });
  }
  expect(requests).toBe(0);
  await server.stop(true);
});

test("the pauses grow to an hour, and a receiver may ask for as much", () => {
  expect([1, 2, 3, 10, 50].map((attempts) => pauseAfter(attempts, undefined, 0.5))).toEqual([
    1000, 2000, 5000, 3_600_000, 3_600_000,
  ]);
  expect(pauseAfter(1, 60_000, 0.5)).toBe(60_000);
  expect(pauseAfter(1, 1e12, 0.5)).toBe(3_600_000);
});

test("after three days of failures a hook is paused, says why, and goes on from its place when it is resumed", async () => {
  let now = 1_700_000_000_000;
  const event = (offset: number): PlacedEvent => ({
    offset,
    tag: "t",
    event: { id: `evt_${offset}`, type: "message", topic: "a", timestamp: "", data: {} },
  });
  const hook = {
    id: "h",
    url: "https://a.example/",
    topics: [],
    kinds: [],
    madeAt: 0,
    isPaused: false,
    turn: 0,
    from: 4,
  };
  const states = new Map<string, HookState>();
  const sent: string[] = [];
  const warnings: string[] = [];
  let status = 500;
  const ending = new AbortController();
  const runner = runHook(
    "h",
    {
      hooks: { find: () => hook, secretOf: () => secret },
      states: {
        get: (id) => states.get(id),
        set: (id, state) => void (state ? states.set(id, state) : states.delete(id)),
        keep: (id, state) => void states.set(id, state),
      },
      feed: {
        top: async () => 6,
        read: async (after) => ({
          events: [5, 6].filter((offset) => offset > after).map(event),
          next: 6,
        }),
        // Time passes while the runner waits.
        wait: async () => {
          now += 60_000;
          await new Promise((resolve) => setImmediate(resolve));
        },
      },
      send: async (_, text) => {
        sent.push((JSON.parse(String(text)) as { id: string }).id);
        return { status, ms: 1 };
      },
      maySend: () => true,
      logger: { warn: (_: object, message: string) => void warnings.push(message) } as never,
      count: () => undefined,
      now: () => now,
      random: () => 0.5,
    },
    ending.signal,
  );
  while (!states.get("h")?.stopped) await new Promise((resolve) => setImmediate(resolve));
  expect(states.get("h")).toMatchObject({
    place: 4,
    stopped: { why: expect.stringContaining("three days") },
  });
  expect(warnings).toEqual([expect.stringContaining("paused")]);
  expect(new Set(sent)).toEqual(new Set(["evt_5"]));
  const tries = sent.length;
  status = 204;
  Object.assign(hook, { turn: 1, from: 4 });
  while (states.get("h")?.place !== 6) await new Promise((resolve) => setImmediate(resolve));
  expect(sent.slice(tries)).toEqual(["evt_5", "evt_6"]);
  ending.abort();
  await runner;
});

test("a node asks for the task of sending once there is a webhook, and keeps no place after another node has the task", async () => {
  const { log } = openTestLog(createFolder());
  const control = await loadControl(log);
  const hooks = createOutgoingHooks(control, "a server's secret");
  const feed = createFeed({ log, control, isWanted: () => !hooks.isEmpty() });
  const writer = createFeedWriter({
    log,
    control,
    isActive: feed.isActive,
    feedDays: 1,
    neededFrom: () => service.neededFrom(),
    alertsOf: () => [],
  });
  /** Whether there was a webhook when the task was asked for. */
  const asked: boolean[] = [];
  let [hasTask, uptime] = [true, 0];
  let wakeOthers = (): void => undefined;
  let answer = (): void => undefined;
  const sent: unknown[] = [];
  const service = createHookService({
    log,
    cluster: {
      isAlone: false,
      onGone: (listener) => {
        wakeOthers = () => listener("another node");
      },
      async onDuty(_, run) {
        const has = hasTask;
        asked.push(!hooks.isEmpty());
        if (has) await run();
        return has;
      },
    },
    writer: { ...writer, write: (_, stopped) => writer.write(20, stopped) },
    uptime: () => uptime,
    hooks,
    feed,
    send: async (_, text) => {
      sent.push((JSON.parse(text) as { data: { text: string } }).data.text);
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return { status: 204, ms: 1 };
    },
    logger: createLogger("silent"),
    count: () => undefined,
  });
  const cause = { by: "operator" };
  service.start();
  await log.append(entryOf("shop", "m1", "nobody wants the feed"));
  const { id } = await hooks.make({ url: "https://a.example/", topics: [], kinds: ["message"] }, 0, cause);
  await until("the feed is recorded", () => control.get("feed:since") !== undefined);
  await log.append(entryOf("shop", "m2", "first"));
  await until("the first event is under way", () => sent.length === 1);
  answer();
  await log.append(entryOf("shop", "m3", "second"));
  await until("the second event is under way", () => sent.length === 2);
  await until("the first place", async () => (await readStates(log)).get(id) !== undefined);
  const place = (await readStates(log)).get(id)?.place;
  expect(asked.length).toBeGreaterThan(0);
  expect(asked).not.toContain(false);

  [hasTask, uptime] = [false, 60_000];
  const before = asked.length;
  answer();
  await until("the task is gone", () => asked.length > before);
  await until("the task is asked for again", () => {
    wakeOthers();
    return asked.length > before + 1;
  });
  expect((await readStates(log)).get(id)?.place).toBe(place);
  hasTask = true;
  await until("the second event again", () => {
    wakeOthers();
    return sent.length === 3;
  });
  answer();
  await service.stop();
  expect(sent).toEqual(["first", "second", "second"]);
  feed.stop();
  await log.close();
});

test("a node of a cluster without webhooks takes the task of sending once push messages need it, and not before", async () => {
  const { log } = openTestLog(createFolder());
  const control = await loadControl(log);
  const hooks = createOutgoingHooks(control, "a server's secret");
  const feed = createFeed({ log, control, isWanted: () => false });
  const writer = createFeedWriter({
    log,
    control,
    isActive: feed.isActive,
    feedDays: 1,
    neededFrom: () => 0,
    alertsOf: () => [],
  });
  let devices = 0;
  /** The devices at each question for the task. */
  const asked: number[] = [];
  const service = createHookService({
    log,
    cluster: {
      isAlone: false,
      onGone: () => undefined,
      async onDuty(_, run) {
        asked.push(devices);
        await run();
        return true;
      },
    },
    writer: { ...writer, write: (_, stopped) => writer.write(20, stopped) },
    hooks,
    feed,
    send: async () => ({ status: 204, ms: 1 }),
    logger: createLogger("silent"),
    count: () => undefined,
  });
  const review = service.sendAlsoWhile(() => devices > 0);
  service.start();
  review();
  await new Promise((resolve) => setImmediate(resolve));
  expect(service.maySend()).toBe(false);
  devices = 1;
  review();
  await until("the node sends", service.maySend);
  expect(asked).not.toContain(0);
  expect(control.get("feed:since")).toBeUndefined();
  await service.stop();
  feed.stop();
  await log.close();
});

test("a node that takes over adds what it missed, though the clock of the node before was minutes ahead", async () => {
  let now = 1_700_000_000_000;
  const { log } = openTestLog(createFolder(), () => now);
  const control = await loadControl(log);
  await control.set("feed:since", now - 3_600_000, { by: "feed" });
  now += 240_000;
  const { entry: ahead } = await log.append(entryOf("fast", "m1"));
  await appendReferences(log, referencesTo(ahead));
  now -= 240_000;
  await log.append(entryOf("slow", "m2"));
  const writer = createFeedWriter({
    log,
    control,
    isActive: () => true,
    alertsOf: () => [],
    feedDays: 1,
    neededFrom: () => 0,
    now: () => now,
  });
  await writer.write(1, new AbortController().signal);
  const feed = (await log.read(FEED_TOPIC, { after: 0, limit: 10 })).map(readReference);
  expect(feed.map(({ kind, topic }) => `${kind} ${topic}`)).toEqual(
    ["fast", "slow"].flatMap((topic) => [`topic ${topic}`, `message ${topic}`]),
  );
  writer.stop();
  await log.close();
});
