/** Refusals of `kabar move`, in one line each and without a password. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "../support/folder.ts";
import { entryOf, openLogIn } from "../support/log.ts";
import { openSide, readSide, runMove } from "../support/move.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

const hint = "Debian: postgresql";
if (!postgresBin) testWith("PostgreSQL", false, hint)("a move is refused", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;
const createDatabase = (): Promise<string> => postgres?.createDatabase() ?? Promise.reject(new Error(hint));

async function createLog(side: readonly string[]): Promise<readonly string[]> {
  const log = await openSide(side);
  for (let i = 0; i < 20; i++) await log.append(entryOf(`topic-${i}`, "m"));
  await log.append(entryOf("$control", "m"));
  await log.close();
  return side;
}
const newFolder = (): string => join(createFolder(), "data");

async function refused(from: readonly string[], to: readonly string[], sentence: RegExp): Promise<void> {
  const { code, out, err } = await runMove(["--from", ...from, "--to", ...to]);
  expect({ code, out, err }).toEqual({ code: 2, out: "", err: expect.stringMatching(sentence) });
  expect(err.split("\n")).toHaveLength(2);
}

describe("a move is refused", () => {
  const NAMES = "must be one folder, or addresses like postgres://user:password@host/database.";
  test.each([
    [[], /^kabar: usage: move --from/],
    [["data"], /^kabar: usage: move --from/],
    [["--from", "data", "--verbose"], /^kabar: usage: move --from/],
    [["--from"], /^kabar: --from needs a folder or an address\.\n$/],
    [["--from", "a", "--from", "b"], /^kabar: --from is there twice\. usage: /],
    [["--from", "a", "--to", "./a"], /^kabar: --from and --to name the same folder, a\.\n$/],
    [["--from", "a", "b"], new RegExp(`^kabar: --from has a value that is not allowed, ${NAMES}\n$`)],
    [
      ["--to", "mysql://u:s3cret@db/x"],
      new RegExp(`^kabar: --to has a value that is not allowed, ${NAMES}\n$`),
    ],
    [
      ["--to", "postgres://u:s3/cret@db/x"],
      new RegExp(`^kabar: --to has a value that is not allowed, ${NAMES}\n$`),
    ],
    [
      ["--from", "postgres://u:s3cret@127.0.0.1:9/x", "--to", "data"],
      /^kabar: 127\.0\.0\.1:9\/x: PostgreSQL can't be reached [^\n]+\n$/,
    ],
    [
      ["--from", "nothing", "--to", "data"],
      /^kabar: the folder nothing holds no log: it has no kabar\.db\.\n$/,
    ],
  ])("with %j, in one line", async (args, sentence) => {
    const { code, out, err } = await runMove(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(sentence);
    expect(err).not.toContain("cret");
  });

  test("from the configured log where --from is left out, and a folder that a server holds", async () => {
    const kabar = await startKabar();
    const to = newFolder();
    const { code, err } = await runMove(["--to", to], { KABAR_DATA_DIR: kabar.dataDir });
    expect({ code, err }).toEqual({
      code: 2,
      err: `kabar: the data folder ${kabar.dataDir} is in use by another Kabar process.\n`,
    });
    expect(existsSync(join(to, "kabar.db"))).toBe(false);
    await kabar.stop();
  });
});

describe.skipIf(!postgres)("a move is refused, and leaves both sides as they were,", () => {
  test("to a log that holds messages", async () => {
    const [a, b] = [await createLog([newFolder()]), await createLog([await createDatabase()])];
    const [beforeA, beforeB] = [await readSide(a), await readSide(b)];
    await refused(a, b, /\/kabar_\d+ holds a log already: choose an empty target\.\n$/);
    await refused(b, a, /data holds a log already: choose an empty target\.\n$/);
    expect([await readSide(a), await readSide(b)]).toEqual([beforeA, beforeB]);
  });

  test("from a database without a log, where it makes no tables", async () => {
    const url = await createDatabase();
    await refused([url], [newFolder()], /\/kabar_\d+ holds no log\.\n$/);
    expect(await postgres?.query("SELECT 1 FROM pg_tables WHERE tablename LIKE 'kabar%'", url)).toEqual([]);
  });

  test("while a server uses a database of either side", async () => {
    const [used, empty] = [await createDatabase(), await createDatabase()];
    const folder = await createLog([newFolder()]);
    const kabar = await startKabar({
      env: { KABAR_LOG: used, KABAR_GUEST_SECRET: "the-same-secret-on-every-node" },
    });
    const sentence = /\/kabar_\d+ is in use by a Kabar server: stop it\.\n$/;
    await refused([used], [empty], sentence);
    await refused(folder, [used], sentence);
    await kabar.stop();
  });

  test("between two lists of the same databases, or with one twice", async () => {
    const [a, b] = [await createDatabase(), await createDatabase()];
    await createLog([a, b]);
    await refused([a, b], [a, b], /--from and --to name the same log\.\n$/);
    await refused([a, a], [newFolder()], /--from names one database twice, or a copy of one: /);
    await refused([a, b], [newFolder(), a], /--to has a value that is not allowed/);
  });

  test("from a part of a log's databases, or from all of them in a wrong order", async () => {
    const [a, b] = [await createDatabase(), await createDatabase()];
    await createLog([a, b]);
    await refused([a], [newFolder()], /shares its log with a database that --from does not name\.\n$/);
    await refused(
      [b, a],
      [newFolder()],
      /holds the topic \$control, which belongs to .*: name the databases of --from as log named them\.\n$/,
    );
  });

  test("by the start of a server on a folder with an unfinished move", async () => {
    const folder = newFolder();
    await openLogIn(folder).close();
    const { Database } = await import("bun:sqlite");
    const db = new Database(join(folder, "kabar.db"));
    db.run("CREATE TABLE move (single INTEGER PRIMARY KEY, mark TEXT NOT NULL) STRICT");
    db.close();
    expect(() => openLogIn(folder)).toThrow(/is not finished: run the same `kabar move` again\.$/);
  });
});
