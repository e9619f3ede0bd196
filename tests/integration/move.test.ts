/** `kabar move`: the log between the data folder and databases, with everything that readers and repeats rely on. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Cursor } from "../../src/model.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf, openLogIn } from "../support/log.ts";
import { fillLog, openDatabaseLog, openSide, readSide, runMove, spawnMove } from "../support/move.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const hint = "Debian: postgresql";
if (!postgresBin)
  testWith("PostgreSQL", false, hint)("a log moves to PostgreSQL and back", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;
const createDatabase = (): Promise<string> => postgres?.createDatabase() ?? Promise.reject(new Error(hint));

const newFolder = (): string => join(createFolder(), "data");

/** A filled log in a folder, and the epochs that it had. */
async function createLogFolder(topics = 8): Promise<{ folder: string; epochs: string[] }> {
  const folder = newFolder();
  const log = openLogIn(folder);
  const epochs = await fillLog(log, topics);
  await log.close();
  return { folder, epochs };
}

async function move(from: readonly string[], to: readonly string[]): Promise<string> {
  const { out, err, code } = await runMove(["--from", ...from, "--to", ...to]);
  expect({ code, err }).toMatchObject({ code: 0 });
  return out;
}

describe.skipIf(!postgres)("a moved log", () => {
  test("is equal in everything that can be read, from SQLite to PostgreSQL, to another PostgreSQL and back", async () => {
    const { folder, epochs } = await createLogFolder();
    const original = await readSide([folder]);
    const [a, b, back] = [await createDatabase(), await createDatabase(), newFolder()];
    expect(await move([folder], [a])).toMatch(
      /^Moved 11 topics with 3\d\d messages to 127\.0\.0\.1:\d+\/kabar_\d+, and compared all of it\.\n$/,
    );
    await move([a], [b]);
    await move([b], [back]);
    for (const side of [[a], [b], [back], [folder]]) {
      expect(await readSide(side)).toEqual(original);
      const log = await openSide(side);
      expect((await log.state("never")).epoch).toBe(epochs[1] ?? "");
      expect(log.wasEpoch(epochs[0] ?? "")).toBe(true);
      await log.close();
    }
  });

  test("over several databases keeps its topics, and knows every epoch of topics without entries", async () => {
    const { folder, epochs } = await createLogFolder();
    const original = await readSide([folder]);
    const [two, back] = [[await createDatabase(), await createDatabase()], newFolder()];
    await move([folder], two);
    await move(two, [back]);
    for (const side of [two, [back]]) {
      expect(await readSide(side)).toEqual(original);
      const log = await openSide(side);
      expect(epochs.map((epoch) => log.wasEpoch(epoch))).toEqual([true, true]);
      expect(epochs).not.toContain((await log.state("never")).epoch);
      await log.close();
    }
  });

  test("gives another database its topics only, and takes them back", async () => {
    const { folder } = await createLogFolder(30);
    const original = await readSide([folder]);
    const [a, b, c] = [await createDatabase(), await createDatabase(), await createDatabase()];
    const count = async (url: string) =>
      Number((await postgres?.query<{ n: string }>("SELECT count(*) AS n FROM kabar_topic", url))?.[0]?.n);
    await move([folder], [a]);
    const all = await count(a);
    await expect(openSide([a, b])).rejects.toThrow(/run `kabar move`/);
    await move([a], [a, b]);
    expect(await readSide([a, b])).toEqual(original);
    expect((await count(a)) + (await count(b))).toBe(all);
    expect(await count(b)).toBeGreaterThan(3);
    await expect(openSide([a])).rejects.toThrow(/does not name/);
    await move([a, b], [b, c]);
    expect(await readSide([b, c])).toEqual(original);
    await move([b, c], [c, b]);
    expect(await readSide([c, b])).toEqual(original);
    await move([c, b], [b]);
    expect(await readSide([b])).toEqual(original);
  });

  test("answers a repeat of an id from before as a repeat, and numbers new messages on", async () => {
    const { folder } = await createLogFolder(1);
    const url = await createDatabase();
    await move([folder], [url]);
    const log = await openDatabaseLog([url]);
    const again = await log.append(entryOf("topic-0", "change"));
    expect(again).toMatchObject({ repeated: true, entry: { offset: 41, proof: "proof-0" } });
    expect((await log.append(entryOf("topic-0", "new"))).entry.offset).toBe(42);
    await log.close();
  });
});

describe.skipIf(!postgres)("readers of a server whose log was moved", () => {
  const running: RunningKabar[] = [];
  afterAll(async () => {
    await Promise.all(running.map((kabar) => kabar.stop()));
  });
  async function start(dataDir: string, env: Record<string, string> = {}): Promise<RunningKabar> {
    const kabar = await startKabar({ dataDir, env: { KABAR_TOPICS: "*", ...env } });
    running.push(kabar);
    return kabar;
  }
  const publish = async (kabar: RunningKabar, topic: string, key: string) => {
    const answer = await fetch(`${kabar.url}/api/topics/${topic}/messages`, {
      method: "POST",
      headers: { Authorization: `Bearer ${kabar.operatorKey}`, "Idempotency-Key": key },
      body: `text of ${key}`,
    });
    return { status: answer.status, ...((await answer.json()) as { offset: number }) };
  };
  const cursorIn = async (kabar: RunningKabar, topic: string): Promise<Cursor> => {
    const client = await Client.open(kabar.url);
    const { cursor } = (await client.ask("subscribe", { topic })) as unknown as { cursor: Cursor };
    client.line.close();
    return cursor;
  };

  test("stay the same guests, and their pinned addresses keep their bytes", async () => {
    const [a, b, c] = [await createDatabase(), await createDatabase(), await createDatabase()];
    const sides: string[][] = [[createFolder()], [a], [b, c], [c, b], [newFolder()]];
    await Bun.write(join(sides[0]?.[0] ?? "", "widget", "widget@0.0.1.js"), "an older version");
    let known: { guest: unknown; user: unknown } | undefined;
    for (const [i, side] of sides.entries()) {
      if (i > 0) await move(sides[i - 1] ?? [], side);
      const kabar = await (side[0]?.includes("://")
        ? start(createFolder(), { KABAR_LOG: side.join(" ") })
        : start(side[0] ?? ""));
      const { hello, line } = await Client.open(kabar.url, known ? { guest: known.guest } : {});
      known ??= { guest: hello.guest, user: hello.user };
      expect(hello).toMatchObject(known);
      line.close();
      const pinned = await fetch(`${kabar.url}/widget@0.0.1.js`);
      expect([side, await pinned.text()]).toEqual([side, "an older version"]);
      await kabar.stop();
    }
  });

  test("go on from their cursors: to two databases, to one, and back to a folder", async () => {
    const [a, b, c] = [await createDatabase(), await createDatabase(), await createDatabase()];
    const sides: string[][] = [[createFolder()], [a, b], [c], [newFolder()]];
    const started = async (side: string[]) =>
      side[0]?.includes("://") ? start(createFolder(), { KABAR_LOG: side.join(" ") }) : start(side[0] ?? "");
    let kabar = await started(sides[0] ?? []);
    for (let i = 1; i <= 5; i++) await publish(kabar, "lobby", `k${i}`);
    const unwritten = await cursorIn(kabar, "unwritten");
    for (const [i, side] of sides.entries()) {
      if (i === 0) continue;
      const cursor = await cursorIn(kabar, "lobby");
      expect(await publish(kabar, "lobby", `missed-${i}`)).toMatchObject({ status: 201, offset: 4 + 2 * i });
      await kabar.stop();
      await move(sides[i - 1] ?? [], side);
      kabar = await started(side);
      const reader = await Client.open(kabar.url);
      expect(await reader.ask("subscribe", { topic: "lobby", cursor })).toMatchObject({ recovered: true });
      expect(await reader.ask("subscribe", { topic: "unwritten", cursor: unwritten })).toMatchObject({
        recovered: true,
      });
      expect(await reader.events.next()).toMatchObject({
        type: "messages",
        messages: [{ offset: 4 + 2 * i, text: `text of missed-${i}` }],
      });
      expect(await publish(kabar, "lobby", "k3")).toMatchObject({ status: 200, offset: 3 });
      expect(await publish(kabar, "lobby", `live-${i}`)).toMatchObject({ status: 201, offset: 5 + 2 * i });
      reader.line.close();
    }
  });
});

describe.skipIf(!postgres)("a move that is killed", () => {
  /** A log with one large topic and some small ones. */
  async function createLargeFolder(): Promise<string> {
    const { folder } = await createLogFolder(4);
    // Not searched: the words of so many messages would cost more than the move.
    const log = openLogIn(folder, { search: false });
    await Promise.all(Array.from({ length: 40_000 }, (_, i) => log.append(entryOf("large", `m${i}`))));
    await log.close();
    return folder;
  }
  const copied = async (url: string): Promise<number> =>
    Number((await postgres?.query<{ n: string }>("SELECT count(*) AS n FROM kabar_entry", url))?.[0]?.n);

  /** Kills a move as soon as its target holds a part of the log. */
  async function killHalfWay(
    from: readonly string[],
    to: readonly string[],
    isBegun: () => Promise<boolean>,
  ) {
    const child = spawnMove(["--from", ...from, "--to", ...to]);
    await until("a part of the log in the target", async () => child.exitCode !== null || (await isBegun()));
    child.kill("SIGKILL");
    await child.exited;
  }
  const unfinished = /is not finished: run the same `kabar move` again\./;

  test("half-way leaves a target that no server starts on, and goes on when it is run again, to PostgreSQL and back", async () => {
    const folder = await createLargeFolder();
    const original = await readSide([folder]);
    const url = await createDatabase();
    await killHalfWay([folder], [url], async () => (await copied(url)) > 2000);
    expect(await copied(url)).toBeLessThan(40_000);
    await expect(openSide([url])).rejects.toThrow(unfinished);
    const other = await createLogFolder(1);
    expect(await runMove(["--from", other.folder, "--to", url])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/holds a part of another move that is not finished/),
    });
    await move([folder], [url]);
    expect(await readSide([url])).toEqual(original);

    const back = newFolder();
    const size = async () =>
      Bun.file(join(back, "kabar.db-wal")).size + Bun.file(join(back, "kabar.db")).size;
    await killHalfWay([url], [back], async () => (await size()) > 2_000_000);
    await expect(openSide([back])).rejects.toThrow(unfinished);
    expect(await runMove(["--from", back, "--to", await createDatabase()])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/a move to .* is not finished/),
    });
    await move([url], [back]);
    expect(await readSide([back])).toEqual(original);
  });

  test("is right also when the source changed before it is run again", async () => {
    const folder = await createLargeFolder();
    const url = await createDatabase();
    await killHalfWay([folder], [url], async () => (await copied(url)) > 2000);
    const log = openLogIn(folder, { search: false });
    await log.scrub("large", [1, 2, 3], () => '{"text":"scrubbed"}');
    await log.append(entryOf("large", "later"));
    await log.append(entryOf("new-topic", "m1"));
    await log.disown("large", "g-ana", "nobody", ({ body }) => body);
    await log.append(entryOf("large", "m7", "the same id again"));
    await log.trim("topic-1", 1000);
    await log.drop(["topic-1"]);
    await log.close();
    const original = await readSide([folder]);
    await move([folder], [url]);
    expect(await readSide([url])).toEqual(original);
  });

  test("while it clears a database that gave topics away goes on, and takes nothing back", async () => {
    const [a, b] = [await createDatabase(), await createDatabase()];
    await move([await createLargeFolder()], [a]);
    const log = await openDatabaseLog([a]);
    for (let t = 0; t < 8; t++)
      await Promise.all(Array.from({ length: 3000 }, (_, i) => log.append(entryOf(`large-${t}`, `m${i}`))));
    await log.close();
    const original = await readSide([a]);
    const mark = async () => {
      const [row] =
        (await postgres?.query<{ move: string | null }>("SELECT move FROM kabar_member", a)) ?? [];
      return row?.move ?? "";
    };
    await killHalfWay([a], [a, b], async () => (await mark()).includes("clear"));
    if ((await mark()) !== "") await expect(openSide([a, b])).rejects.toThrow(unfinished);
    if ((await mark()) !== "") await move([a], [a, b]);
    expect(await readSide([a, b])).toEqual(original);
  });

  test("or whose database crashes ends with one line, and goes on when it is run again", async () => {
    const own = await startPostgres();
    const url = await own.createDatabase();
    const folder = await createLargeFolder();
    const child = spawnMove(["--from", folder, "--to", url]);
    const [out, err] = [new Response(child.stdout).text(), new Response(child.stderr).text()];
    const count = async () =>
      Number((await own.query<{ n: string }>("SELECT count(*) AS n FROM kabar_entry", url))[0]?.n);
    await until("a part of the log in the target", async () => (await count()) > 2000);
    await own.stop("immediate");
    expect([await child.exited, await out]).toEqual([1, ""]);
    expect(await err).toMatch(
      /kabar: the move stopped: 127\.0\.0\.1:\d+\/kabar_1: PostgreSQL [^\n]+ Run the same command again: it goes on\.\n$/,
    );
    await own.start();
    await move([folder], [url]);
    expect(await readSide([url])).toEqual(await readSide([folder]));
  });
});
