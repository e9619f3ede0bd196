/** Restores of backups: what comes back, what readers learn, what is refused, and what is left after trouble. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatCursor } from "../../src/formats.ts";
import type { Cursor } from "../../src/model.ts";
import { cursorOf, makeBackup, on, partsIn, publish, REFUSED_WRITE, textsOf } from "../support/backups.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";
import { startRun } from "../support/run.ts";
import { OPERATOR_KEY, type RunningKabar } from "../support/server.ts";
import { useServers } from "../support/servers.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const linux = test.skipIf(process.platform !== "linux");

const start = useServers();

const subscribe = (client: Client, cursor: Cursor) => client.ask("subscribe", { topic: "lobby", cursor });

/** The first block of the event stream, for a reader who comes back to it with a cursor. */
async function firstEvent(url: string, cursor: Cursor): Promise<string> {
  const gone = new AbortController();
  const headers = { "Last-Event-ID": formatCursor(cursor) };
  const answer = await fetch(`${url}/api/topics/lobby/events`, { headers, signal: gone.signal });
  let text = "";
  for await (const bytes of answer.body ?? []) {
    text += new TextDecoder().decode(bytes);
    if (text.includes("\n\n")) break;
  }
  gone.abort();
  return text;
}

describe("a restore", () => {
  test("brings every message back, keeps what it replaces, and enters itself into the audit log", async () => {
    const { kabar, file } = await makeBackup(await start());
    await kabar.kill();
    const { code, out } = await on(kabar.dataDir, ["restore", file]);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(
        /^Restored 1 topic with 2 messages, as of \S+, and checked them\.\nWhat was replaced is kept in .+: kabar\.db\.replaced-\S+\. Remove/,
      ) as never,
    });
    await kabar.restart();
    expect(await textsOf(kabar.url)).toEqual(["one", "two"]);
    const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
    const audit = await (await fetch(`${kabar.url}/api/admin/audit`, { headers })).json();
    expect(audit).toMatchObject({
      entries: [{ key: "restore:last", by: "command line", value: { topics: 1, messages: 2 } }],
    });
    // What was replaced is a whole log, with the message that the killed server had in its write-ahead log only.
    const kept = readdirSync(kabar.dataDir).find((name) => name.includes(".replaced-")) ?? "";
    const path = join(kabar.dataDir, kept);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await kabar.kill();
    const other = createFolder();
    expect(await on(other, ["restore", path])).toMatchObject({ code: 0 });
    const again = await start({ dataDir: other });
    expect(await textsOf(again.url)).toEqual(["one", "two", "three"]);
  });

  test("is a gap of reason tag for readers beyond the backup, also where new messages took the old offsets, and none for the others", async () => {
    const { kabar, file, client } = await makeBackup(await start());
    const beyond = await cursorOf(client);
    expect(beyond.offset).toBe(3);
    const events = await fetch(`${kabar.url}/api/topics/lobby/messages`);
    const { epoch } = (await events.json()) as { epoch: string };
    await kabar.kill();
    expect(await on(kabar.dataDir, ["restore", file])).toMatchObject({ code: 0 });
    await kabar.restart();
    const gap = { gap: { from: 1, reason: "tag" } };
    const early = await Client.open(kabar.url);
    expect(await subscribe(early, beyond)).toMatchObject(gap as never);
    expect(await firstEvent(kabar.url, beyond)).toMatch(/event: gap\n.*"reason":"tag"/);
    const inside = await Client.open(kabar.url);
    const there = await cursorOf(inside);
    expect({ epoch: there.epoch, offset: there.offset }).toEqual({ epoch, offset: 2 });
    for (const text of ["another three", "four"]) await inside.publish("lobby", text);
    const late = await Client.open(kabar.url);
    expect(await subscribe(late, beyond)).toMatchObject(gap as never);
    const same = await Client.open(kabar.url);
    expect(await subscribe(same, there)).not.toHaveProperty("gap");
    expect((await same.messages(2)).map(({ text }) => text)).toEqual(["another three", "four"]);
  });

  test("replaces a log that cannot be read any more, and keeps it byte for byte with its write-ahead log", async () => {
    const { kabar, file } = await makeBackup(await start());
    await kabar.kill();
    const garbage = Buffer.alloc(20_000, "broken ");
    const path = join(kabar.dataDir, "kabar.db");
    const wal = Buffer.alloc(10_000, "broken, too ");
    writeFileSync(path, garbage);
    writeFileSync(`${path}-wal`, wal);
    const { code, out } = await on(kabar.dataDir, ["restore", file]);
    expect(code).toBe(0);
    const [, name = ""] = /: (kabar\.db\.replaced-\S+Z), \1-wal\. Remove/.exec(out) ?? [];
    expect(readFileSync(join(kabar.dataDir, name)).equals(garbage)).toBe(true);
    expect(readFileSync(join(kabar.dataDir, `${name}-wal`)).equals(wal)).toBe(true);
    await kabar.restart();
    expect(await textsOf(kabar.url)).toEqual(["one", "two"]);
  });

  test("into an empty folder lets guests go on under their ids", async () => {
    const { file, client } = await makeBackup(await start());
    const { user, guest } = client.hello as { user: { id: string }; guest: string };
    const dataDir = createFolder();
    expect(await on(dataDir, ["restore", file])).toMatchObject({ code: 0 });
    const kabar = await start({ dataDir });
    const back = await Client.open(kabar.url, { guest });
    expect((back.hello.user as { id: string }).id).toBe(user.id);
  });

  test("refuses a folder that a server holds, and changes nothing there", async () => {
    const { kabar, file } = await makeBackup(await start());
    expect(await on(kabar.dataDir, ["restore", file])).toEqual({
      code: 2,
      out: "",
      err: `kabar: the data folder ${kabar.dataDir} is in use by another Kabar process.\n`,
    });
    expect(await textsOf(kabar.url)).toEqual(["one", "two", "three"]);
  });

  test("refuses what is not a whole backup in one line, and leaves the folder as it was", async () => {
    const { kabar, file } = await makeBackup(await start());
    await kabar.kill();
    const folder = createFolder();
    const bytes = readFileSync(file);
    const write = (name: string, content: Uint8Array | string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    /** A copy that SQL has changed. */
    const change = (name: string, ...statements: string[]) => {
      const db = new Database(write(name, bytes));
      for (const statement of statements) db.run(statement);
      db.close();
      return join(folder, name);
    };
    const flip = (name: string, word: string) => {
      const copy = Buffer.from(bytes);
      copy[copy.lastIndexOf(word)] = 63;
      return write(name, copy);
    };
    const foreign = new Database(join(folder, "foreign.db"));
    foreign.run("CREATE TABLE entry (a)");
    foreign.close();
    mkdirSync(join(folder, "folder"));
    const refusals: [string, RegExp][] = [
      [join(folder, "none.db"), /none\.db does not exist\.$/],
      [join(folder, "folder"), /folder is not a file\.$/],
      [write("empty.db", ""), /empty\.db is not a backup of Kabar\.$/],
      [write("text.db", "hello ".repeat(100)), /text\.db is not a backup of Kabar\.$/],
      [join(folder, "foreign.db"), /foreign\.db is a database of another program, not a backup of Kabar\.$/],
      [
        write("cut.db", bytes.subarray(0, bytes.length - 4096)),
        /cut\.db is cut off: it has [\d,]+ of [\d,]+ bytes\.$/,
      ],
      [write("short.db", bytes.subarray(0, 50)), /short\.db is cut off: /],
      [flip("text-flipped.db", '"two"'), /text-flipped\.db is damaged: a message is not as it was/],
      [
        change("fewer.db", "DELETE FROM entry WHERE offset = 2"),
        /fewer\.db is damaged: it holds 1 messages? in 1 topic/,
      ],
      [change("newer.db", "PRAGMA user_version = 99"), /newer\.db was made by a newer Kabar \(schema 99\)/],
      [write("page.db", Buffer.from(bytes).fill(0, 4096 * 3, 4096 * 4)), /page\.db is damaged: /],
    ];
    for (const [path, said] of refusals) {
      const { code, err } = await on(kabar.dataDir, ["restore", path]);
      const lines = err.trimEnd().split("\n");
      expect({ path, code, said: lines.at(-1) }).toEqual({
        path,
        code: 1,
        said: expect.stringMatching(said) as never,
      });
    }
    expect(readdirSync(kabar.dataDir).filter((name) => /restore|replaced|part/.test(name))).toEqual([]);
    await kabar.restart();
    expect(await textsOf(kabar.url)).toEqual(["one", "two", "three"]);
  });

  test("refuses the file of a killed server, whose newest messages are beside it", async () => {
    const { kabar } = await makeBackup(await start());
    await kabar.kill();
    const { code, err } = await on(createFolder(), ["restore", join(kabar.dataDir, "kabar.db")]);
    expect(code).toBe(1);
    expect(err).toContain("its newest messages are in kabar.db-wal");
  });

  test("that is killed leaves the folder as it was; the next start removes its rest", async () => {
    const kabar = await start();
    const client = await Client.open(kabar.url);
    await publish(client, 4000, "large", 7000);
    const file = join(createFolder(), "b.db");
    expect(await on(kabar.dataDir, ["backup", file])).toMatchObject({ code: 0 });
    await client.publish("lobby", "last");
    await kabar.kill();
    const child = startRun(["restore", file], { env: { KABAR_DATA_DIR: kabar.dataDir } });
    await until("the restore has begun", () => partsIn(kabar.dataDir).length > 0);
    child.kill("SIGKILL");
    await child.exited;
    await kabar.restart();
    expect(partsIn(kabar.dataDir)).toEqual([]);
    expect((await textsOf(kabar.url)).at(-1)).toBe("last");
  });

  linux("for which the disk refuses a write leaves the folder as it was", async () => {
    const kabar = await start();
    const client = await Client.open(kabar.url);
    await publish(client, 400, "large", 7000);
    const file = join(createFolder(), "b.db");
    expect(await on(kabar.dataDir, ["backup", file])).toMatchObject({ code: 0 });
    await client.publish("lobby", "last");
    await kabar.kill();
    const before = await textsOfFolder(kabar);
    const { code, err } = await on(kabar.dataDir, ["restore", file], { wrapper: REFUSED_WRITE });
    expect({ code, said: err.split("\n").at(-2) }).toEqual({
      code: 1,
      said: expect.stringMatching(/^kabar: .+b\.db was not restored: /) as never,
    });
    expect(partsIn(kabar.dataDir)).toEqual([]);
    expect(await textsOfFolder(kabar)).toEqual(before);
  });
  const textsOfFolder = async (kabar: RunningKabar): Promise<string[]> => {
    await kabar.restart();
    const texts = await textsOf(kabar.url);
    await kabar.kill();
    return texts;
  };
});
