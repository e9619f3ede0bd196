import { SQL } from "bun";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { testLogContract } from "../contracts/log.ts";
import { findNames } from "../contracts/authors.ts";
import { findPlaces } from "../contracts/search.ts";
import { entry } from "../contracts/log-changes.ts";
import { readPage } from "../../src/log/postgres-search-pages.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { appendUntilStored, follow, openNode, upTo } from "../support/postgres-logs.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const hint = "Debian: postgresql";
if (!postgresBin)
  testWith("PostgreSQL", false, hint)("a log in PostgreSQL keeps the contract", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;
const createDatabase = (): Promise<string> => postgres?.createDatabase() ?? Promise.reject(new Error(hint));
const createFactory = () => {
  const database = createDatabase();
  return { open: async (now: () => number) => openNode(await database, now) };
};
if (postgres) testLogContract("PostgreSQL", createFactory);

describe.skipIf(!postgres)("two nodes on one database", () => {
  test("both tails hand out every entry once and in order while both append", async () => {
    const url = await createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    const [seenByA, seenByB] = [follow(a), follow(b)];
    const topics = ["one", "two", "three"];
    const appends = Array.from({ length: 300 }, (_, i) =>
      (i % 2 ? a : b).append(entry(topics[i % 3] ?? "one", `m${i}`)),
    );
    await Promise.all(appends);
    for (const seen of [seenByA, seenByB])
      await until("all entries", () => topics.every((topic) => seen.get(topic)?.length === 100));
    for (const topic of topics) {
      expect(seenByA.get(topic)).toEqual(upTo(100));
      expect(seenByB.get(topic)).toEqual(upTo(100));
    }
    await Promise.all([a.close(), b.close()]);
  });

  test("the same id on two nodes is stored once", async () => {
    const url = await createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    const both = await Promise.all([a.append(entry("t", "m")), b.append(entry("t", "m"))]);
    expect(both.map(({ entry: { offset } }) => offset)).toEqual([1, 1]);
    expect(both.filter(({ repeated }) => repeated)).toHaveLength(1);
    await Promise.all([a.close(), b.close()]);
  });

  test("a change on one node reaches the other's tail with the changed entry", async () => {
    const url = await createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    await a.append(entry("t", "m1"));
    const amended: unknown[] = [];
    b.tail((entries) => amended.push(...entries.flatMap((each) => each.amended ?? [])));
    await a.append({ ...entry("t", "m2"), amends: { offset: 1, rewrite: () => '{"text":"new"}' } });
    await until("the changed entry", () => amended.length > 0);
    expect(amended).toMatchObject([{ offset: 1, body: '{"text":"new"}' }]);
    await Promise.all([a.close(), b.close()]);
  });

  test("authors of an earlier version are noted in the background, with those of new messages", async () => {
    const url = await createDatabase();
    const before = await openNode(url);
    await Promise.all(
      Array.from({ length: 600 }, (_, i) => before.append(entry("t", `m${i}`, `g-${i % 300}`))),
    );
    await until("all indexed", async () => (await findNames(before, "g-299")).length === 1);
    await before.close();
    const sql = new SQL(url, { max: 1 });
    await sql`UPDATE kabar_search_topic SET authored = 0`;
    await sql`DELETE FROM kabar_author`;
    await sql.close();
    const log = await openNode(url);
    await log.append(entry("t", "new", "g-new"));
    await until("all authors", async () => {
      const { entries, isIncomplete } = await log.findAuthors({ text: "", limit: 500 });
      return !isIncomplete && entries.length === 301;
    });
    await log.close();
  });

  test("a search that the database does not finish in time ends, while reads go on; by time it finds the same", async () => {
    const url = await createDatabase();
    const log = await openNode(url);
    await Promise.all(
      Array.from({ length: 90 }, (_, i) => log.append(entry("t", `m${i}`, "u", `word ${i}`))),
    );
    const all = await findPlaces(log, "word");
    expect(all.split(" ")).toHaveLength(50);
    const sql = new SQL(url, { max: 2 });
    const readable = <T>(run: (reader: SQL) => Promise<T>) => run(sql);
    const query = { terms: ["word"], limit: 50, isShown: () => true };
    const page = await readPage(readable, query, performance.now() + SLOW_MS, 20);
    expect(page.entries.map(({ topic, offset }) => `${topic}${offset}`).join(" ")).toBe(all);
    await sql.begin(async (tx) => {
      // As if the index were endless.
      await tx`LOCK TABLE kabar_search IN ACCESS EXCLUSIVE MODE`;
      const search = log.search(query);
      const reads = Array.from({ length: 20 }, () => log.read("t", { after: 0, limit: 1 }));
      expect((await Promise.all(reads)).flat()).toHaveLength(20);
      await expect(search).rejects.toThrow("too slow for this search");
    });
    await sql.begin(async (tx) => {
      // As if the authors were endless: those that were found until then are an answer.
      await tx`LOCK TABLE kabar_author IN ACCESS EXCLUSIVE MODE`;
      expect(await log.findAuthors({ text: "u", limit: 5 })).toEqual({ entries: [], more: true });
    });
    expect((await log.findAuthors({ text: "u", limit: 5 })).entries).toHaveLength(1);
    expect(await findPlaces(log, "word")).toBe(all);
    await Promise.all([log.close(), sql.close()]);
  });

  test("a text that changes between two statements of an indexing step is found as it is now", async () => {
    const url = await createDatabase();
    const log = await openNode(url);
    await log.append(entry("t", "m1", "u", "first words"));
    expect(await findPlaces(log, "words")).toBe("t1");
    const sql = new SQL(url, { max: 1 });
    // A step waits for this table after it has read the entries.
    await sql.begin(async (tx) => {
      await tx`LOCK TABLE kabar_search_due IN ACCESS EXCLUSIVE MODE`;
      await log.append(entry("t", "m2", "u", "the earlier text"));
      await until("a step that waits", async () => {
        const text =
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%kabar_search_due%' AND wait_event_type = 'Lock'";
        return ((await postgres?.query(text, url))?.length ?? 0) > 0;
      });
      await tx`UPDATE kabar_entry SET body = replace(body, 'earlier', 'present') WHERE id = 'm2'`;
    });
    await until("the present text", async () => (await findPlaces(log, "present")) === "t2");
    expect(await findPlaces(log, "earlier")).toBe("");
    await sql.close();
    await log.close();
  });

  test("a text that one node removes is gone from the other's search and from the index at once", async () => {
    const url = await createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    const hear = follow(b);
    for (const text of ["edited", "scrubbed", "disowned", "trimmed", "stays"])
      await a.append(entry("t", text, "u", `secret ${text}`));
    await until("b's tail", () => hear.get("t")?.length === 5);
    expect(await findPlaces(b, "secret")).toBe("t5 t4 t3 t2 t1");
    const removed = JSON.stringify({ text: "", removed: "author" });
    const sql = new SQL(url);
    const indexed = async (): Promise<string> => {
      const rows = await sql`SELECT "offset" FROM kabar_search ORDER BY "offset"`;
      return rows.map((row: { offset: string }) => row.offset).join(" ");
    };
    await a.append({ ...entry("t", "m"), body: removed, amends: { offset: 1, rewrite: () => removed } });
    expect(await indexed()).toBe("2 3 4 5");
    expect(await findPlaces(b, "edited")).toBe("");
    await a.scrub("t", [2], () => removed);
    expect(await indexed()).toBe("3 4 5");
    await a.trim("t", 4);
    expect(await indexed()).toBe("5");
    await a.disown("t", "u", "erased", () => removed);
    expect(await indexed()).toBe("");
    expect(await findPlaces(b, "secret")).toBe("");
    await sql.close();
    await Promise.all([a.close(), b.close()]);
  });

  test("a repeat among new entries is answered with the first offset, and takes none of them along", async () => {
    const url = await createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    await a.append(entry("t", "m1"));
    for (const log of [a, b]) {
      const offset = (await log.append(entry("t", `of ${log === a ? "a" : "b"}`))).entry.offset;
      const ids = [`${offset}-1`, "m1", `${offset}-2`, `${offset}-1`];
      const all = await Promise.all(ids.map((id) => log.append(entry("t", id))));
      expect(all.map((each) => [each.entry.offset, each.repeated])).toEqual([
        [offset + 1, false],
        [1, true],
        [offset + 2, false],
        [offset + 1, true],
      ]);
    }
    await Promise.all([a.close(), b.close()]);
  });

  test("texts come back as they are, whatever separates them on their way", async () => {
    const log = await openNode(await createDatabase());
    const bodies = ["", '"', "{}", "\\", "\u001f", "\u001f\u001e", ",", "NULL", "\n", '{"text":"\u{1f600}"}'];
    const put = (each: readonly string[], topic: string) =>
      Promise.all(each.map((body, i) => log.append({ ...entry(topic, `m${i}`), body })));
    await put(bodies, "all");
    for (const [i, body] of bodies.entries()) await put([body], `one-${i}`);
    expect((await log.read("all", { after: 0, limit: 20 })).map(({ body }) => body)).toEqual(bodies);
    for (const [i, body] of bodies.entries())
      expect((await log.read(`one-${i}`, { after: 0, limit: 1 }))[0]?.body).toBe(body);
    await log.close();
  });

  test("a topic that gets an entry while another node drops it as empty stays, with its entry", async () => {
    const url = await createDatabase();
    const log = await openNode(url);
    await log.append(entry("t", "m1"));
    await log.trim("t", 1);
    const sql = new SQL(url, { max: 1 });
    let dropping: Promise<number> | undefined;
    await sql.begin(async (tx) => {
      await tx`SELECT * FROM kabar_topic WHERE name = 't' FOR UPDATE`;
      dropping = log.drop(["t"]);
      await until("a drop that waits", async () => {
        const text =
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%FOR UPDATE%' AND wait_event_type = 'Lock'";
        return ((await postgres?.query(text, url))?.length ?? 0) > 0;
      });
      await tx`INSERT INTO kabar_entry (topic, "offset", "user", id, at, tag, body) SELECT id, 2, 'u', 'm2', 1, 'tag', '{}' FROM kabar_topic`;
      await tx`UPDATE kabar_topic SET top = 2, at = 1, tag = 'tag', changed = pg_current_xact_id()`;
    });
    expect(await dropping).toBe(0);
    expect((await log.read("t", { after: 0, limit: 5 })).map(({ id }) => id)).toEqual(["m2"]);
    await expect(sql`DELETE FROM kabar_topic`.execute()).rejects.toThrow("the topic t has entries");
    await sql.close();
    await log.close();
  });

  test("tables of an earlier version lose the foreign key of each entry, and keep the entries", async () => {
    const url = await createDatabase();
    const before = await openNode(url);
    await before.append(entry("t", "m1"));
    await before.close();
    const statements = [
      "DROP FUNCTION kabar_topic_ends, kabar_author_changed CASCADE",
      "DROP TABLE kabar_author",
      "ALTER TABLE kabar_search_topic DROP COLUMN authored",
      "DROP INDEX kabar_search_times",
      "CREATE INDEX kabar_search_pieces ON kabar_search USING gin (pieces)",
      "ALTER TABLE kabar_entry ADD FOREIGN KEY (topic) REFERENCES kabar_topic",
      "UPDATE kabar_log SET schema = 3",
    ];
    for (const statement of statements) await postgres?.query(statement, url);
    const log = await openNode(url);
    expect((await log.append(entry("t", "m2"))).entry.offset).toBe(2);
    const keys = "SELECT 1 FROM pg_constraint WHERE conrelid = 'kabar_entry'::regclass AND contype = 'f'";
    expect(await postgres?.query(keys, url)).toEqual([]);
    await log.close();
  });

  test("two nodes that start at once on an empty database make one schema", async () => {
    const url = await createDatabase();
    const logs = await Promise.all([openNode(url), openNode(url), openNode(url)]);
    const epochs = await Promise.all(logs.map(async (log) => (await log.state("t")).epoch));
    expect(new Set(epochs).size).toBe(1);
    await Promise.all(logs.map((log) => log.close()));
  });
});

describe.skipIf(!postgres)("bad days of the database", () => {
  test("after a crash and restart of the database, appends and both tails go on, nothing is lost or doubled", async () => {
    const own = await startPostgres();
    const url = await own.createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    const seen = follow(b);
    const acknowledged: number[] = [];
    for (let i = 0; i < 20; i++) acknowledged.push((await a.append(entry("t", `before${i}`))).entry.offset);
    await own.stop("immediate");
    await expect(a.append(entry("t", "away"))).rejects.toMatchObject({ code: "log-unavailable" });
    expect(a.trouble()).toBeString();
    await own.start();
    await until("the database to answer again", () => a.trouble() === undefined);
    for (let i = 0; i < 20; i++) acknowledged.push((await a.append(entry("t", `after${i}`))).entry.offset);
    await until("the other node's tail", () => (seen.get("t")?.length ?? 0) >= 40);
    expect(seen.get("t")).toEqual(acknowledged);
    expect(acknowledged).toEqual(upTo(40));
    await Promise.all([a.close(), b.close()]);
  });

  test("connections that an administrator terminates cost a moment, not a message", async () => {
    const url = await createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    const seen = follow(b);
    const stored = new Set<number>();
    for (let round = 0; round < 5; round++) {
      const settled = Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => a.append(entry("t", `r${round}-${i}`))),
      );
      await postgres?.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        url,
      );
      for (const [i, result] of (await settled).entries()) {
        // A publisher that was told to try again does so with the same id.
        const { entry: each } =
          result.status === "fulfilled"
            ? result.value
            : await appendUntilStored(a, entry("t", `r${round}-${i}`));
        stored.add(each.offset);
      }
    }
    expect([...stored].sort((x, y) => x - y)).toEqual(upTo(100));
    await until("the other node's tail", () => (seen.get("t")?.length ?? 0) >= 100);
    expect(seen.get("t")).toEqual(upTo(100));
    await Promise.all([a.close(), b.close()]);
  });

  test.each([
    ["a database that does not exist", (url: string) => url.replace(/\w+$/, "missing"), /does not exist/],
    ["a port where nothing listens", (url: string) => url.replace(/:\d+\//, ":9/"), /can't be reached/],
  ])("%s is named in the error at start", async (_, broken, sentence) => {
    const url = broken(await createDatabase());
    await expect(openNode(url)).rejects.toThrow(sentence);
  });

  test("a database of a newer Kabar is refused, not touched", async () => {
    const url = await createDatabase();
    await (await openNode(url)).close();
    await postgres?.query("UPDATE kabar_log SET schema = 99", url);
    await expect(openNode(url)).rejects.toThrow(/newer Kabar \(schema 99\)/);
  });
});
