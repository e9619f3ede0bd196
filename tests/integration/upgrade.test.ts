/** Upgrades: a data folder of Kabar 0.1.0 goes on with everything that its users had, and whatever interrupts an upgrade loses nothing. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { SCHEMA_VERSION } from "../../src/log/sqlite-schema.ts";
import { SNAPSHOT } from "../../src/log/sqlite-upgrade.ts";
import type { Cursor } from "../../src/model.ts";
import { on, partsIn, REFUSED_WRITE } from "../support/backups.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";
import { startRun } from "../support/run.ts";
import { useServers } from "../support/servers.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const start = useServers();

const OLD = join(import.meta.dir, "..", "fixtures", "data-0.1.0");
/** What clients of that time kept, and what they saw. */
const then = (await Bun.file(join(OLD, "then.json")).json()) as {
  first: number;
  cursors: Cursor[];
  ana: { guest: string; id: string };
  apiKey: string;
  messages: { offset: number; id: string; text: string }[];
};

/** A copy of the old folder, as kill -9 left it. */
function copyOld(): string {
  const folder = createFolder();
  for (const name of ["kabar.db", "kabar.db-wal", "guest.secret", "operator.key"]) {
    cpSync(join(OLD, name), join(folder, name));
    chmodSync(join(folder, name), 0o600);
  }
  return folder;
}

const schemaIn = (folder: string, name = "kabar.db"): number => {
  const db = new Database(join(folder, name), { readonly: true });
  try {
    return (db.query("PRAGMA user_version").get() as { user_version: number }).user_version;
  } finally {
    db.close();
  }
};

test("a folder of 0.1.0 is announced by check, snapshotted, upgraded, and serves cursors, guests, keys and rules of that time", async () => {
  const dataDir = copyOld();
  const before = readdirSync(dataDir);
  const check = await on(dataDir, ["check"]);
  expect(check).toMatchObject({ code: 0, err: "" });
  expect(check.out).toMatch(
    /\n# The next start upgrades the log from schema 1 to \d+: it keeps a checked snapshot of \S+ KB as .+/,
  );
  expect(readdirSync(dataDir)).toEqual(before);
  expect((await on(dataDir, ["doctor"])).out).toMatch(/^ok +log .*the next start upgrades it from schema 1/m);

  const kabar = await start({ dataDir });
  const said = kabar.output();
  expect(said).toContain('"from":1');
  expect(said).toMatch(/upgrading the log of an older version; a snapshot of it is made first/);
  expect(said).toMatch(/the log is upgraded; remove the snapshot/);
  expect(schemaIn(dataDir)).toBe(SCHEMA_VERSION);
  expect([schemaIn(dataDir, SNAPSHOT), statSync(join(dataDir, SNAPSHOT)).mode & 0o777]).toEqual([1, 0o600]);

  const history = await (await fetch(`${kabar.url}/api/topics/lobby/messages?limit=50`)).json();
  expect(history.messages).toEqual(then.messages);
  for (const cursor of then.cursors) {
    const client = await Client.open(kabar.url);
    const reply = await client.ask("subscribe", { topic: "lobby", cursor });
    const known = cursor.offset >= then.first;
    // Until schema 2 the log forgot the tag of the newest trimmed message, so it cannot vouch for a cursor there.
    const gap =
      cursor.offset === then.first - 1
        ? { from: 1, to: then.messages.at(-1)?.offset, reason: "tag" }
        : known
          ? undefined
          : { from: cursor.offset + 1, to: then.first - 1, reason: "trimmed" };
    expect({ cursor, gap: reply.gap }).toEqual({ cursor, gap: gap as never });
    const missed = then.messages.filter(({ offset }) => offset > reply.cursor.offset);
    expect((await client.messages(missed.length)).map(({ offset }) => offset)).toEqual(
      missed.map(({ offset }) => offset),
    );
    client.line.close();
  }

  const ana = await Client.open(kabar.url, { guest: then.ana.guest });
  expect((ana.hello.user as { id: string }).id).toBe(then.ana.id);
  const own = then.messages.at(-1);
  const repeat = { topic: "lobby", messageId: own?.id, text: own?.text };
  expect(await ana.ask("publish", repeat)).toMatchObject({ offset: own?.offset, repeated: true } as never);
  expect(await ana.ask("publish", { topic: "news", messageId: "n", text: "mine" })).toMatchObject({
    code: "forbidden",
  } as never);
  const headers = { Authorization: `Bearer ${then.apiKey}` };
  const posted = await fetch(`${kabar.url}/api/topics/lobby/messages`, {
    method: "POST",
    headers,
    body: "by key",
  });
  expect(posted.status).toBe(201);
  await kabar.restart();
  expect(kabar.output()).not.toContain("upgrad");
  expect((await on(dataDir, ["check"])).out).not.toContain("# ");
});

test("the snapshot is a backup: a restore brings the folder back to what it was before the upgrade", async () => {
  const dataDir = copyOld();
  const kabar = await start({ dataDir });
  await (await Client.open(kabar.url)).publish("lobby", "after the upgrade");
  await kabar.stop();
  const { code, out } = await on(dataDir, ["restore", join(dataDir, SNAPSHOT)]);
  expect([code, out]).toEqual([0, expect.stringMatching(/^Restored 2 topics with 10 messages/)]);
  const again = await start({ dataDir });
  const { messages } = await (await fetch(`${again.url}/api/topics/lobby/messages?limit=50`)).json();
  expect(messages).toEqual(then.messages);
});

test("an upgrade that is killed, or that the disk refuses, leaves the old log, a clear line, and a start that works", async () => {
  // A larger log, so that the snapshot takes a moment.
  const big = copyOld();
  const db = new Database(join(big, "kabar.db"));
  const body = JSON.stringify({ user: { id: "u", name: "u", role: "guest" }, text: "x".repeat(1000) });
  db.transaction(() => {
    const { id, top } = db.query("SELECT id, top FROM topic WHERE name = 'lobby'").get() as {
      id: number;
      top: number;
    };
    const put = db.prepare("INSERT INTO entry VALUES (?, ?, 'u', ?, 1795939090000, 'tag', ?)");
    for (let n = 1; n <= 4000; n++) put.run(id, top + n, `m${n}`, body);
    db.run("UPDATE topic SET top = top + 4000, tag = 'tag' WHERE name = 'lobby'");
  })();
  db.close();

  const refused = await on(big, [], { wrapper: REFUSED_WRITE });
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(
    /^kabar: the log is of schema 1 and was not upgraded to \d+; it is as it was\. Before an upgrade a snapshot is made, and that failed: the backup \S+ was not made: .+\n$/m,
  );
  expect([schemaIn(big), existsSync(join(big, SNAPSHOT)), partsIn(big)]).toEqual([1, false, []]);

  // Killed at different moments: while it copies, and soon after the snapshot has its name.
  for (const isThere of [() => partsIn(big).length > 0, () => existsSync(join(big, SNAPSHOT))]) {
    const child = startRun([], { env: { KABAR_DATA_DIR: big } });
    await until("the snapshot", isThere);
    child.kill("SIGKILL");
    await child.exited;
    expect((await on(big, ["check"])).code).toBe(0);
  }
  const kabar = await start({ dataDir: big });
  expect([schemaIn(big), schemaIn(big, SNAPSHOT), partsIn(big)]).toEqual([SCHEMA_VERSION, 1, []]);
  const state = (await (await fetch(`${kabar.url}/api/topics/lobby/messages?limit=1`)).json()) as {
    top: number;
  };
  expect(state.top).toBe(4015);
  await kabar.stop();
  rmSync(join(big, SNAPSHOT));
});

test("a folder of a newer version is refused in one line by every command, and stays as it was", async () => {
  const dataDir = copyOld();
  const db = new Database(join(dataDir, "kabar.db"));
  db.run("PRAGMA user_version = 99");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const bytes = readFileSync(join(dataDir, "kabar.db"));
  const line = new RegExp(
    `^kabar: \\S+kabar\\.db was written by a newer Kabar \\(schema 99\\); this version reads schemas up to ${SCHEMA_VERSION}\\..*\\n$`,
  );
  for (const [words, code] of [
    [[], 2],
    [["check"], 2],
    [["keys", "list"], 2],
    [["backup", join(dataDir, "b.db")], 1],
    [["move", "--to", createFolder()], 2],
  ] as const) {
    const ran = await on(dataDir, [...words]);
    expect({ words, ...ran }).toEqual({ words, code, out: "", err: expect.stringMatching(line) } as never);
  }
  expect(readFileSync(join(dataDir, "kabar.db")).equals(bytes)).toBe(true);
});
