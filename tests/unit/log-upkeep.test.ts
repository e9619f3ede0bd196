/** Removals leave nothing in the files of a SQLite log, however large it is and whichever version wrote it. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "../support/folder.ts";
import { openLogIn } from "../support/log.ts";
import { SLOW_MS } from "../support/parts.ts";
import { createRandom } from "../support/seed.ts";

setDefaultTimeout(SLOW_MS);

const root = createFolder();

/** How often a word is in the log's files. */
function countIn(dataDir: string, word: string): number {
  let count = 0;
  for (const name of ["kabar.db", "kabar.db-wal"]) {
    const path = join(dataDir, name);
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    for (let at = bytes.indexOf(word); at >= 0; at = bytes.indexOf(word, at + 1)) count += 1;
  }
  return count;
}

/** Entries of two users in five topics, of all lengths, so that pages split and rows move. */
async function fill(dataDir: string, entries: number) {
  const random = createRandom(7);
  const log = openLogIn(dataDir);
  const bodyOf = (word: string) => JSON.stringify({ text: `${word} ${"x".repeat(random.int(1, 70) ** 2)}` });
  for (let from = 0; from < entries; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => {
        const isMine = random.next() < 0.3;
        const word = isMine ? "SECRET" : "public";
        return log.append({
          topic: `t${i % 5}`,
          userId: isMine ? "u:alice" : `g-${i}`,
          id: `${word}-${from + i}`,
          body: bodyOf(word),
        });
      }),
    );
  }
  return log;
}

test("no byte remains of thousands of rewritten, disowned and trimmed entries in a large log, and the log is whole", async () => {
  const dataDir = mkdtempSync(join(root, "large-"));
  const log = await fill(dataDir, 12_000);
  expect(countIn(dataDir, "SECRET")).toBeGreaterThan(3000);
  await log.trim("t0", 2000);
  const mine = await log.offsetsOf("t1", "u:alice");
  await log.scrub("t1", mine, () => "{}");
  for (const topic of ["t0", "t1", "t2", "t3", "t4"])
    await log.disown(topic, "u:alice", "erased", () => "{}");
  await log.close();
  expect([countIn(dataDir, "SECRET"), countIn(dataDir, "u:alice")]).toEqual([0, 0]);
  const db = new Database(join(dataDir, "kabar.db"));
  expect(db.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  db.close();
  const again = openLogIn(dataDir);
  expect(await again.state("t1")).toMatchObject({ first: 1, top: 2400 });
  expect((await again.read("t2", { after: 2000, limit: 400 })).map(({ offset }) => offset)).toHaveLength(400);
  await again.close();
});

test("a text removed just before a crash is cleared from the file after the next start", async () => {
  const dataDir = mkdtempSync(join(root, "crash-"));
  const crashed = mkdtempSync(join(root, "crashed-"));
  const log = await fill(dataDir, 2000);
  for (const topic of ["t0", "t1", "t2", "t3", "t4"])
    await log.disown(topic, "u:alice", "erased", () => "{}");
  // The files as kill -9 would leave them.
  for (const name of ["kabar.db", "kabar.db-wal"])
    await Bun.write(join(crashed, name), readFileSync(join(dataDir, name)));
  await log.close();
  expect(countIn(crashed, "SECRET")).toBeGreaterThan(0);
  await openLogIn(crashed).close();
  expect(countIn(crashed, "SECRET")).toBe(0);
});

test("a log of an older version with removed texts in its file is rewritten once", async () => {
  const [filled, dataDir] = [mkdtempSync(join(root, "filled-")), mkdtempSync(join(root, "old-"))];
  await (await fill(filled, 1000)).close();
  await Bun.write(join(dataDir, "kabar.db"), readFileSync(join(filled, "kabar.db")));
  const db = new Database(join(dataDir, "kabar.db"));
  db.run("PRAGMA journal_mode = DELETE");
  db.run("PRAGMA auto_vacuum = NONE");
  db.run("VACUUM");
  db.run("PRAGMA secure_delete = OFF");
  db.run("DELETE FROM entry WHERE user = 'u:alice'");
  db.close();
  expect(countIn(dataDir, "SECRET")).toBeGreaterThan(100);
  await openLogIn(dataDir).close();
  expect(countIn(dataDir, "SECRET")).toBe(0);
  const renewed = new Database(join(dataDir, "kabar.db"), { readonly: true });
  expect(renewed.query("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
  renewed.close();
});
