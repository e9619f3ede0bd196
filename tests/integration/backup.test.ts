/** Backups through the command line and the admin door, with real files, a real server and real trouble. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BACKUP_NOTES } from "../../src/log/backup-notes.ts";
import { cursorOf, makeBackup, on, partsIn, publish, REFUSED_WRITE, textsOf } from "../support/backups.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { run, startRun } from "../support/run.ts";
import { OPERATOR_KEY, type RunningKabar } from "../support/server.ts";
import { useServers } from "../support/servers.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const linux = test.skipIf(process.platform !== "linux");

const start = useServers();

describe("a backup", () => {
  test("under load finishes, is whole and private, and holds every entry acknowledged before it began", async () => {
    const kabar = await start();
    const client = await Client.open(kabar.url);
    await publish(client, 2000, "before", 500);
    let isOver = false;
    let during = 0;
    const load = (async () => {
      while (!isOver)
        expect(await client.publish("lobby", `during ${++during}`)).toMatchObject({ type: "ok" });
    })();
    const folder = createFolder();
    const file = join(folder, "b.db");
    const { code, out } = await on(kabar.dataDir, ["backup", file]);
    isOver = true;
    await load;
    expect({
      code,
      out: /^Backed up 1 topic with [\d,]+ messages to .+ and checked it\.\n$/.test(out),
    }).toEqual({
      code: 0,
      out: true,
    });
    expect(during).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(["b.db"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const db = new Database(file, { readonly: true });
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    const { count } = db.query("SELECT count(*) AS count FROM entry").get() as { count: number };
    expect(count).toBeGreaterThanOrEqual(2000);
    db.close();
  });

  test("of a folder without a server works, and of one without a log is refused in one line", async () => {
    const { kabar, file } = await makeBackup(await start());
    await kabar.kill();
    expect(await on(kabar.dataDir, ["backup", file])).toMatchObject({ code: 0 });
    const none = createFolder();
    const { code, err } = await on(none, ["backup", join(none, "b.db")]);
    expect({ code, err }).toEqual({
      code: 1,
      err: `kabar: the folder ${none} holds no log: it has no kabar.db.\n`,
    });
    expect(readdirSync(none)).toEqual([]);
  });

  test("is noted for the console, whichever way it was made", async () => {
    const { kabar, file } = await makeBackup(await start());
    const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
    const backups = await until("what the console tells", async () => {
      const answer = await fetch(`${kabar.url}/api/admin/health`, { headers });
      const found = ((await answer.json()) as { backups: Record<string, unknown> }).backups;
      return found.newestAt === undefined ? undefined : found;
    });
    const { newestAt } = backups;
    expect(backups).toEqual({ path: file, newestAt, kept: 1, oldestAt: newestAt });
    const notes = join(kabar.dataDir, BACKUP_NOTES);
    const noted = () => JSON.parse(readFileSync(notes, "utf8")) as { path?: string; isFolder?: boolean }[];
    const folder = createFolder();
    await on(kabar.dataDir, ["backup", folder]);
    expect(noted()).toMatchObject([{ path: folder, isFolder: true }, { path: file }]);
    await (await fetch(`${kabar.url}/api/admin/backup`, { headers })).arrayBuffer();
    expect(noted().map(({ path }) => path)).toEqual([undefined, folder, file]);

    // A backup that cannot be noted is a backup.
    rmSync(notes);
    mkdirSync(notes);
    const made = await on(kabar.dataDir, ["backup", join(folder, "another.db")]);
    expect(made).toMatchObject({
      code: 0,
      err: expect.stringContaining("the console does not know of this backup"),
    });
    expect(partsIn(kabar.dataDir)).toEqual([]);
  });

  test("in a folder gets a dated name; --keep removes the oldest ones and nothing else", async () => {
    const { kabar } = await makeBackup(await start());
    const folder = createFolder();
    const old = ["kabar-2026-01-01T00-00-00Z.db", "kabar-2026-01-02T00-00-00Z.db", "kabar-of-mine.db"];
    for (const name of old) writeFileSync(join(folder, name), "x");
    expect(await on(kabar.dataDir, ["backup", folder, "--keep", "2"])).toMatchObject({ code: 0 });
    const names = readdirSync(folder).sort();
    expect(names).toEqual([old[1] ?? "", expect.stringMatching(/^kabar-2\d{3}-.*Z\.db$/), old[2] ?? ""]);
  });

  test("with --every goes on until a signal ends it between two backups with exit code 0", async () => {
    const { kabar } = await makeBackup(await start());
    const folder = join(createFolder(), "new");
    const child = startRun(["backup", folder, "--every", "1h"], { env: { KABAR_DATA_DIR: kabar.dataDir } });
    let out = "";
    for await (const bytes of child.stdout) {
      out += new TextDecoder().decode(bytes);
      if (out.includes("checked it")) break;
    }
    expect(readdirSync(folder).length).toBe(1);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });

  test("never replaces a file that is not a backup, such as the log itself", async () => {
    const { kabar, file } = await makeBackup(await start());
    writeFileSync(join(kabar.dataDir, "notes.txt"), "mine");
    for (const name of ["kabar.db", "kabar.lock", "guest.secret", "notes.txt"]) {
      const path = join(kabar.dataDir, name);
      const { code, err } = await on(kabar.dataDir, ["backup", path]);
      expect({ code, err }).toEqual({
        code: 1,
        err: `kabar: ${path} exists and is not a backup: choose another name.\n`,
      });
    }
    expect(await on(kabar.dataDir, ["backup", file])).toMatchObject({ code: 0 });
    expect(await textsOf(kabar.url)).toEqual(["one", "two", "three"]);
  });

  test.each([
    [["backup"], "kabar: usage: backup FILE  |  backup FOLDER [--every 24h] [--keep 7]\n"],
    [["backup", "x", "y"], "kabar: usage: backup FILE  |  backup FOLDER [--every 24h] [--keep 7]\n"],
    [["backup", "x", "--every", "5"], 'kabar: --every is "5", must be a time like 30m, 24h or 7d.\n'],
    [["backup", "x", "--keep", "0"], 'kabar: --keep is "0", must be a whole number from 1 to 10000.\n'],
    [["backup", "x.db", "--keep", "2"], "kabar: --every and --keep need a folder; x.db is not there.\n"],
    [["restore"], "kabar: usage: restore FILE\n"],
  ])("%j is answered with what is allowed, exit code 2", async (args, err) => {
    expect(await run(args, { cwd: createFolder() })).toEqual({ code: 2, out: "", err });
  });

  test("of a log in PostgreSQL is refused with the tools of PostgreSQL", async () => {
    for (const args of [
      ["backup", "x.db"],
      ["restore", "x.db"],
    ]) {
      const { code, err } = await run(args, { env: { KABAR_LOG: "postgres://a:secret@db.example/kabar" } });
      expect(code).toBe(2);
      expect(err).toContain("pg_dump");
      expect(err).not.toContain("secret");
    }
  });
});

describe("a backup that is interrupted", () => {
  /** A running server with a log that takes a while to copy. */
  async function startLarge(): Promise<RunningKabar> {
    const kabar = await start();
    const client = await Client.open(kabar.url);
    await publish(client, 4000, "large", 7000);
    client.close();
    return kabar;
  }

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "by %s leaves no file of its name; the next one removes its rest, and the server goes on",
    async (signal) => {
      const kabar = await startLarge();
      const folder = createFolder();
      const file = join(folder, "b.db");
      const child = startRun(["backup", file], { env: { KABAR_DATA_DIR: kabar.dataDir } });
      await until("the copy has begun", () =>
        partsIn(folder).some((name) => statSync(join(folder, name)).size > 0),
      );
      child.kill(signal);
      expect(await child.exited).not.toBe(0);
      expect(existsSync(file)).toBe(false);
      if (signal === "SIGTERM") expect(partsIn(folder)).toEqual([]);
      expect(
        (await fetch(`${kabar.url}/api/topics/lobby/messages`, { method: "POST", body: "x" })).status,
      ).toBe(201);
      expect(await on(kabar.dataDir, ["backup", file])).toMatchObject({ code: 0 });
      expect(readdirSync(folder)).toEqual(["b.db"]);
    },
  );

  linux(
    "by a disk that refuses a write ends in one line, and an earlier backup of that name stays",
    async () => {
      const kabar = await start();
      const file = join(createFolder(), "b.db");
      expect(await on(kabar.dataDir, ["backup", file])).toMatchObject({ code: 0 });
      const earlier = readFileSync(file);
      const client = await Client.open(kabar.url);
      await publish(client, 400, "more", 7000);
      const { code, err } = await on(kabar.dataDir, ["backup", file], { wrapper: REFUSED_WRITE });
      expect({ code, said: err.split("\n").at(-2) }).toEqual({
        code: 1,
        said: expect.stringMatching(/^kabar: the backup .+b\.db was not made: /) as never,
      });
      expect(readFileSync(file).equals(earlier)).toBe(true);
      expect(partsIn(join(file, ".."))).toEqual([]);
    },
  );

  linux.each([
    ["has no room", "size=64k", /^kabar: the disk of .+ has [\d.]+ .?B free, and [\d.]+ .?B are needed\.$/],
    ["is read-only", "ro", /^kabar: can't write to .+: no permission to write/],
  ])("by a folder that %s is refused in one line", async (_, mount, said) => {
    const kabar = await startLarge();
    const folder = createFolder();
    const script = `mount -t tmpfs -o ${mount} kabar "$0" || exit 99; "$@"; code=$?; ls -A "$0" >&2; exit $code`;
    const wrapper = ["unshare", "-rm", "sh", "-c", script, folder];
    const { code, err } = await on(kabar.dataDir, ["backup", join(folder, "b.db")], { wrapper });
    expect({ code, err: err.trimEnd() }).toEqual({ code: 1, err: expect.stringMatching(said) as never });
  });
});

testWith("PostgreSQL", postgresBin !== undefined, "Debian: postgresql")(
  "a log in PostgreSQL is backed up and restored by pg_dump and pg_restore, and readers beyond it receive a gap",
  async () => {
    const postgres = await startPostgres();
    try {
      const [old, fresh] = [await postgres.createDatabase(), await postgres.createDatabase()];
      const kabar = await start({ env: { KABAR_LOG: old } });
      const client = await Client.open(kabar.url);
      await client.publish("lobby", "one");
      const inside = await cursorOf(client);
      const dump = join(createFolder(), "kabar.dump");
      const tool = (name: string, ...args: string[]) =>
        Bun.spawn([join(postgresBin ?? "", name), ...args], { stdout: "inherit", stderr: "inherit" }).exited;
      expect(await tool("pg_dump", "--format=custom", `--file=${dump}`, old)).toBe(0);
      await client.publish("lobby", "two");
      const beyond = await cursorOf(await Client.open(kabar.url));
      expect(await tool("pg_restore", "--no-owner", `--dbname=${fresh}`, dump)).toBe(0);
      const restored = await start({ env: { KABAR_LOG: fresh } });
      expect(await textsOf(restored.url)).toEqual(["one"]);
      const subscribe = async (cursor: object) =>
        (await Client.open(restored.url)).ask("subscribe", { topic: "lobby", cursor });
      expect(await subscribe(inside)).not.toHaveProperty("gap");
      expect(await subscribe(beyond)).toMatchObject({ gap: { reason: "tag" } } as never);
      for (const node of [kabar, restored]) await node.stop();
    } finally {
      await postgres.remove();
    }
  },
  SLOW_MS * 2,
);

describe("the admin door", () => {
  test("that dies while it makes a backup leaves nothing of it after the next start", async () => {
    const kabar = await start();
    const client = await Client.open(kabar.url);
    await publish(client, 4000, "large", 7000);
    const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
    const asked = fetch(`${kabar.url}/api/admin/backup`, { headers }).catch(() => undefined);
    await until("the copy has begun", () => partsIn(kabar.dataDir).length > 0);
    await kabar.kill();
    await asked;
    await kabar.restart();
    expect(readdirSync(kabar.dataDir).filter((name) => name.startsWith("backup"))).toEqual([]);
  });

  test("sends a backup to the operator, and nothing of it stays in the data folder", async () => {
    const { kabar } = await makeBackup(await start());
    const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
    const answer = await fetch(`${kabar.url}/api/admin/backup`, { headers });
    expect(answer.headers.get("content-disposition")).toMatch(/filename="kabar-\S+Z\.db"/);
    const file = join(createFolder(), "sent.db");
    await Bun.write(file, await answer.arrayBuffer());
    expect(readdirSync(kabar.dataDir).filter((name) => name.startsWith("backup"))).toEqual([]);
    const dataDir = createFolder();
    expect(await on(dataDir, ["restore", file])).toMatchObject({ code: 0 });
    const other = await start({ dataDir });
    expect(await textsOf(other.url)).toEqual(["one", "two", "three"]);
  });

  linux("refuses a backup that would fill the disk of the log", async () => {
    const mount = 'mount -t tmpfs -o mode=700,size=32m kabar "$0" && exec "$@"';
    const kabar = await start({ wrapper: (folder) => ["unshare", "-rm", "sh", "-c", mount, folder] });
    const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
    const answer = await fetch(`${kabar.url}/api/admin/backup`, { headers });
    expect(answer.status).toBe(503);
    expect(JSON.stringify(await answer.json())).toMatch(
      /No backup was made: the disk of .* free, and .* are needed/,
    );
  });

  test("makes one backup at a time", async () => {
    const { kabar } = await makeBackup(await start());
    const ask = () =>
      fetch(`${kabar.url}/api/admin/backup`, { headers: { Authorization: `Bearer ${OPERATOR_KEY}` } });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([first.status, second.status].sort()).toEqual([200, 429]);
    expect((first.status === 429 ? first : second).headers.get("retry-after")).toBe("10");
    await Promise.all([first.arrayBuffer(), second.arrayBuffer()]);
    expect((await ask()).status).toBe(200);
  });
});
