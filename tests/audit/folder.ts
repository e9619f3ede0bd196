/**
 * The data folder of an audited server: its configuration, and copies of its database, taken and put back while no
 * server runs, as an operator would.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GROWING_TOPIC, PRESENT_TOPIC, TOPICS, WITNESS_TOPIC } from "./world.ts";

/** The database and what SQLite keeps beside it. */
const DATABASE = ["kabar.db", "kabar.db-wal", "kabar.db-shm"];

const CONFIG = [
  ...Object.entries(TOPICS),
  [WITNESS_TOPIC, { retain: 0 }] as const,
  [GROWING_TOPIC, { retain: 0 }] as const,
  [PRESENT_TOPIC, { retain: 0 }] as const,
]
  .map(([name, { retain }]) => `[topics.${name}]\nretain_messages = ${retain}\n`)
  .join("\n");

export type DataFolder = ReturnType<typeof createFolder>;

/** Makes a folder whose server loads these modules first. */
export function createFolder(preloads: readonly string[]) {
  const path = mkdtempSync(join(tmpdir(), "kabar-audit-"));
  const backup = join(path, "backup");
  mkdirSync(backup);
  writeFileSync(join(path, "kabar.toml"), CONFIG);
  writeFileSync(join(path, "bunfig.toml"), `preload = ${JSON.stringify(preloads)}\n`);

  function copy(from: string, to: string): void {
    for (const file of DATABASE) {
      rmSync(join(to, file), { force: true });
      if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file));
    }
  }
  return {
    path,
    /** Copies the database aside. */
    back: () => copy(path, backup),
    /** Puts the copy in its place. */
    restore: () => copy(backup, path),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
