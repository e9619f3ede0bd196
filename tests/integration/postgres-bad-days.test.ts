/** Bad days of a PostgreSQL log: each has a clear sentence and a clear outcome, and nothing acknowledged is lost. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { entry } from "../contracts/log-changes.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { hasProgram, SLOW_MS, testWith } from "../support/parts.ts";
import { asPostgresUser, postgresBin, startPostgres } from "../support/postgres.ts";
import { appendUntilStored, follow, noteBreaks, openNode, upTo } from "../support/postgres-logs.ts";
import { startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);
if (!postgresBin) testWith("PostgreSQL", false, "Debian: postgresql")("bad days", async () => undefined);
const postgres = postgresBin
  ? await startPostgres({
      access: [
        "host all needs_password 127.0.0.1/32 scram-sha-256",
        "hostnossl all needs_tls 127.0.0.1/32 reject",
      ],
    })
  : undefined;
const createDatabase = (options?: string): Promise<string> =>
  postgres?.createDatabase(options) ?? Promise.reject(new Error("no PostgreSQL"));
const query = (text: string, url?: string) => postgres?.query(text, url) ?? Promise.reject(new Error("none"));
/** The sentence with which a log refuses to open. */
const refusal = (url: string): Promise<string> =>
  openNode(url).then(
    async (log) => {
      await log.close();
      return "opened";
    },
    (error: Error) => error.message,
  );

describe.skipIf(!postgres)("a log does not open, in one sentence,", () => {
  test("with a wrong password, which the sentence does not repeat", async () => {
    await query("CREATE ROLE needs_password LOGIN PASSWORD 'the right one'");
    const url = (await createDatabase()).replace("kabar@", "needs_password:the-wrong-one@");
    const sentence = await refusal(url);
    expect(sentence).toMatch(/refuses the login: check the user name, the password.* \(28P01\)/);
    expect(sentence).not.toContain("the-wrong-one");
  });

  test("without TLS where the server wants it", async () => {
    await query("CREATE ROLE needs_tls LOGIN");
    const url = (await createDatabase()).replace("kabar@", "needs_tls@");
    expect(await refusal(url)).toMatch(/whether it asks for TLS \(\?sslmode=require\)/);
    expect(await refusal(`${url}?sslmode=require`)).toMatch(/asks for TLS, and PostgreSQL does not offer it/);
  });

  test("in a database whose encoding lacks letters", async () => {
    const url = await createDatabase("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    expect(await refusal(url)).toMatch(/encoding is LATIN1.*create it with ENCODING 'UTF8'/);
  });

  test("as a user without the right to create tables", async () => {
    await query("CREATE ROLE poor LOGIN");
    const url = await createDatabase();
    await query("REVOKE CREATE ON SCHEMA public FROM PUBLIC", url);
    expect(await refusal(url.replace("kabar@", "poor@"))).toMatch(
      /the database user lacks a right \(42501\)/,
    );
  });

  test("on a server that is too old", async () => {
    // A function of the same name that comes first on the search path: an old server cannot be had.
    const url = await createDatabase();
    await query(
      `CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS
       $$SELECT CASE $1 WHEN 'server_version_num' THEN '120022' WHEN 'server_version' THEN '12.22' ELSE pg_catalog.current_setting($1) END$$`,
      url,
    );
    await query(`ALTER DATABASE ${url.split("/").pop()} SET search_path = public, pg_catalog`);
    expect(await refusal(url)).toMatch(/^PostgreSQL 12.22 is too old: Kabar needs version 13 or newer/);
  });
});

describe.skipIf(!postgres)("a log opens and warns", () => {
  test("of settings that weaken the promise, and of too few connections", async () => {
    const weak = await startPostgres({
      settings: { fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_connections: "15" },
    });
    const log = await openNode(await weak.createDatabase());
    const said = log
      .warnings()
      .map(({ text }) => text)
      .join("\n");
    for (const words of ["fsync is off", "full_page_writes is off", "synchronous_commit is off"])
      expect(said).toContain(words);
    expect(said).toMatch(/allows 12 connections here.*a second node would be refused/);
    await log.close();
  });

  test("as an ordinary user with its own limit of connections; it needs no superuser for anything", async () => {
    await query("CREATE ROLE app LOGIN CONNECTION LIMIT 12");
    const url = (await createDatabase("OWNER app")).replace("kabar@", "app@");
    const log = await openNode(url);
    expect(log.warnings()).toEqual([
      {
        code: "few-connections",
        text: expect.stringContaining("allows 12 connections here"),
        most: 12,
        held: expect.any(Number),
      },
    ]);
    expect((await log.append(entry("t", "m1"))).entry.offset).toBe(1);
    await log.close();
  });
});

describe.skipIf(!postgres)("an append", () => {
  test("to a topic that somebody has locked is refused after a moment; other topics of the batch are stored", async () => {
    const url = await createDatabase();
    const log = await openNode(url);
    await log.append(entry("locked", "m1"));
    const other = new SQL(url, { max: 1 });
    const [isHeld, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = other.begin(async (tx) => {
      await tx`SELECT 1 FROM kabar_topic WHERE name = 'locked' FOR UPDATE`;
      isHeld.resolve();
      await mayEnd.promise;
    });
    await isHeld.promise;
    const [locked, free] = await Promise.allSettled([
      log.append(entry("locked", "m2")),
      log.append(entry("free", "m1")),
    ]);
    const trouble = log.trouble();
    mayEnd.resolve();
    await holding;
    expect(locked).toMatchObject({ status: "rejected", reason: { code: "log-unavailable" } });
    expect(free).toMatchObject({ status: "fulfilled" });
    expect(trouble).toBeUndefined();
    expect((await log.append(entry("locked", "m2"))).entry.offset).toBe(2);
    await Promise.all([log.close(), other.close()]);
  });

  test("that meets a deadlock or a serialization failure is tried again and stored", async () => {
    const url = await createDatabase();
    const log = await openNode(url);
    await log.append(entry("t", "m1"));
    for (const [i, state] of ["40P01", "40001"].entries()) {
      // The failure comes once: a sequence goes on counting when its transaction is undone.
      await query(
        `CREATE SEQUENCE failed_${i};
         CREATE OR REPLACE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN IF nextval('failed_${i}') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '${state}'; END IF; RETURN NEW; END$$;
         DROP TRIGGER IF EXISTS fail ON kabar_entry;
         CREATE TRIGGER fail BEFORE INSERT ON kabar_entry FOR EACH ROW EXECUTE FUNCTION fail_once()`,
        url,
      );
      expect(await log.append(entry("t", `again${i}`))).toMatchObject({
        repeated: false,
        entry: { offset: i + 2 },
      });
    }
    await log.close();
  });

  test("is stored whatever the database's defaults for transactions are", async () => {
    const url = await createDatabase();
    await query(`ALTER DATABASE ${url.split("/").pop()} SET default_transaction_isolation = 'serializable'`);
    await query(`ALTER DATABASE ${url.split("/").pop()} SET default_transaction_read_only = on`);
    await query(`ALTER DATABASE ${url.split("/").pop()} SET statement_timeout = '2s'`);
    const [a, b] = [await openNode(url), await openNode(url)];
    const appends = Array.from({ length: 60 }, (_, i) => (i % 2 ? a : b).append(entry("t", `m${i}`)));
    const offsets = (await Promise.all(appends)).map(({ entry: { offset } }) => offset);
    expect(offsets.sort((x, y) => x - y)).toEqual(upTo(60));
    await Promise.all([a.close(), b.close()]);
  });

  test("of a node whose clock is minutes behind has no earlier time than the entry before", async () => {
    const url = await createDatabase();
    const [ahead, behind] = [
      await openNode(url, () => Date.now() + 300_000),
      await openNode(url, () => Date.now() - 300_000),
    ];
    const times: number[] = [];
    for (let i = 0; i < 6; i++)
      times.push((await (i % 2 ? behind : ahead).append(entry("t", `m${i}`))).entry.at);
    expect(times).toEqual([...times].sort((x, y) => x - y));
    const seen = follow(behind);
    await ahead.append(entry("t", "last"));
    await until("the tail of the other clock", () => seen.get("t")?.length === 1);
    await Promise.all([ahead.close(), behind.close()]);
  });
});

describe.skipIf(!postgres)("a full disk of the database", () => {
  const canMount = hasProgram(["sh", "-c", "mount -t tmpfs -o size=1m kabar /mnt && umount /mnt"]);
  testWith(
    "mounting a small disk",
    canMount,
    "run as root",
  )("refuses appends and is said; with room everything goes on by itself", async () => {
    const disk = join(createFolder(), "disk");
    mkdirSync(disk);
    Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "kabar", disk]);
    try {
      chmodSync(join(disk, ".."), 0o755);
      const space = join(disk, "space");
      Bun.spawnSync(asPostgresUser(["mkdir", "-m", "700", space]));
      await query(`CREATE TABLESPACE small LOCATION '${space}'`);
      const url = await createDatabase();
      const log = await openNode(url);
      await query("ALTER TABLE kabar_entry SET TABLESPACE small", url);
      await log.append(entry("t", "m1"));
      writeFileSync(join(disk, "ballast"), Buffer.alloc(3_800_000));
      const stored: string[] = ["m1"];
      const big = (id: string) => ({
        ...entry("t", id),
        body: JSON.stringify({ text: crypto.getRandomValues(Buffer.alloc(30_000)).toString("base64") }),
      });
      let refused: { code?: string } | undefined;
      for (let i = 2; i < 200 && !refused; i++)
        await log.append(big(`m${i}`)).then(
          () => stored.push(`m${i}`),
          (error) => (refused = error),
        );
      expect(refused).toMatchObject({ code: "log-unavailable" });
      expect(log.trouble()).toMatch(/disk is full \(53100\)/);
      expect((await log.read("t", { after: 0, limit: 1 }))[0]?.id).toBe("m1");
      writeFileSync(join(disk, "ballast"), "");
      await until("the log to recover without an append", () => log.trouble() === undefined);
      await appendUntilStored(log, big("after"));
      const kept = await log.read("t", { after: 0, limit: 300 });
      expect(kept.map(({ id }) => id)).toEqual([...stored, "after"]);
      await log.close();
      await query(`DROP DATABASE ${url.split("/").pop()}`);
      await query("DROP TABLESPACE small");
    } finally {
      Bun.spawnSync(["umount", "-l", disk]);
    }
  });
});

describe.skipIf(!postgres)("servers", () => {
  const publish = (server: { url: string; operatorKey: string }, text: string) =>
    fetch(`${server.url}/api/topics/lobby/messages`, {
      method: "POST",
      headers: { Authorization: `Bearer ${server.operatorKey}`, "Idempotency-Key": text },
      body: text,
    });

  test("keep sockets open while the database is away, serve rings, and are within two seconds of its return", async () => {
    const own = await startPostgres();
    const env = { KABAR_LOG: await own.createDatabase(), KABAR_GUEST_SECRET: "one-secret-for-both-nodes" };
    const [first, second] = [await startKabar({ env }), await startKabar({ env })];
    const reader = await Client.open(second.url);
    const { cursor } = (await reader.ask("subscribe", { topic: "lobby" })) as unknown as { cursor: object };
    for (const text of ["one", "two"]) expect((await publish(first, text)).status).toBe(201);
    const texts: string[] = [];
    const nextTexts = async (client: Client) => {
      const event = await client.events.next();
      return event.type === "messages" ? event.messages.map(({ text }) => text) : [];
    };
    while (texts.length < 2) texts.push(...(await nextTexts(reader)));
    await own.stop("immediate");
    await until("a 503", async () => (await fetch(`${second.url}/readyz`)).status === 503);
    expect(await (await fetch(`${second.url}/readyz`)).text()).toMatch(/not ready: PostgreSQL/);
    const refused = await publish(first, "away");
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { error: { code: "log-unavailable", retry: true } },
    ]);
    // From the cursor before both messages: the ring has them.
    const resumed = await Client.open(second.url);
    expect(await resumed.ask("subscribe", { topic: "lobby", cursor })).toMatchObject({
      recovered: true,
      top: 2,
    });
    expect(await nextTexts(resumed)).toEqual(["one", "two"]);
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    expect(Number(/^kabar_tail_lag_seconds (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    await own.start();
    const backAt = performance.now();
    await until("publishing to go on", async () => (await publish(first, "back")).status === 201);
    while (texts.length < 3) texts.push(...(await nextTexts(reader)));
    // Two seconds are promised; the rest is room for a busy machine.
    expect(performance.now() - backAt).toBeLessThan(8000);
    expect(texts).toEqual(["one", "two", "back"]);
    await until("health", async () => (await fetch(`${second.url}/readyz`)).status === 200);
    for (const client of [reader, resumed]) client.line.close();
    await Promise.all([first.stop(), second.stop()]);
  });

  test("that were paused wake up with an old view and hand out all that they missed, once and in order", async () => {
    const env = { KABAR_LOG: await createDatabase(), KABAR_GUEST_SECRET: "one-secret-for-both-nodes" };
    const [first, paused] = [await startKabar({ env }), await startKabar({ env })];
    const reader = await Client.open(paused.url);
    await reader.ask("subscribe", { topic: "lobby" });
    await publish(paused, "0");
    process.kill(paused.pid(), "SIGSTOP");
    for (let i = 1; i <= 40; i++) expect((await publish(first, `${i}`)).status).toBe(201);
    // Longer than the server lets a transaction of a silent node keep its locks.
    await Bun.sleep(6000);
    process.kill(paused.pid(), "SIGCONT");
    expect((await publish(paused, "41")).status).toBe(201);
    const texts: string[] = [];
    while (texts.length < 42) {
      const event = await reader.events.next();
      if (event.type === "messages") texts.push(...event.messages.map(({ text }) => text));
    }
    expect(texts).toEqual(Array.from({ length: 42 }, (_, i) => `${i}`));
    reader.line.close();
    await Promise.all([first.stop(), paused.stop()]);
  });

  test("that were paused while what they missed was removed send their readers to the gap", async () => {
    const url = await createDatabase();
    const [a, b] = [await openNode(url), await openNode(url)];
    const broken = noteBreaks(b);
    const seen = follow(b);
    await a.append(entry("t", "m1"));
    await until("the first", () => seen.get("t")?.length === 1);
    // Stored and removed within one transaction, as a paused node finds it.
    const sql = new SQL(url, { max: 1 });
    await sql.begin(async (tx) => {
      await tx`UPDATE kabar_topic SET top = 9, first = 10, trimmed = 'tag-9', tag = 'tag-9', changed = pg_current_xact_id() WHERE name = 't'`;
      await tx`DELETE FROM kabar_entry`;
    });
    await until("the break", () => broken.includes("t"));
    expect((await a.append(entry("t", "m10"))).entry.offset).toBe(10);
    await until("the entry after it", () => seen.get("t")?.length === 2);
    expect(seen.get("t")).toEqual([1, 10]);
    await Promise.all([a.close(), b.close(), sql.close()]);
  });
});
