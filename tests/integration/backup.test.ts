/** The backup that docs/OPERATIONS.md names, taken while messages go on coming. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

test("a backup under load finishes, is whole, and holds every entry acknowledged before it began", async () => {
  const kabar = await startKabar();
  const client = await Client.open(kabar.url);
  for (let i = 0; i < 10; i++)
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => client.publish("lobby", `${i}.${n} ${"x".repeat(500)}`)),
    );
  let isOver = false;
  let during = 0;
  const load = (async () => {
    while (!isOver) {
      expect(await client.publish("lobby", `during ${++during}`)).toMatchObject({ type: "ok" });
    }
  })();
  const backup = join(kabar.dataDir, "backup.db");
  const program = `const { Database } = require("bun:sqlite"); new Database(process.argv[1]).run("VACUUM INTO ?", [process.argv[2]])`;
  const copying = Bun.spawn([process.execPath, "-e", program, join(kabar.dataDir, "kabar.db"), backup]);
  expect(await copying.exited).toBe(0);
  isOver = true;
  await load;
  expect(during).toBeGreaterThan(0);
  const db = new Database(backup, { readonly: true });
  expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  const { count } = db.query("SELECT count(*) AS count FROM entry").get() as { count: number };
  expect(count).toBeGreaterThanOrEqual(2000);
  db.close();
  client.close();
  await kabar.stop();
});
