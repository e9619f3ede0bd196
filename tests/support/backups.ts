/** Backups for tests: servers with messages, the command line on their folders, and readers with cursors. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Cursor } from "../../src/model.ts";
import { Client } from "./client.ts";
import { createFolder } from "./folder.ts";
import { type Ran, run, type RunOptions } from "./run.ts";
import type { RunningKabar } from "./server.ts";

/** Runs a command on a data folder. */
export const on = (dataDir: string, args: string[], options: RunOptions = {}): Promise<Ran> =>
  run(args, { ...options, env: { KABAR_DATA_DIR: dataDir, ...options.env } });

/** Publishes numbered messages in the lobby. */
export async function publish(client: Client, count: number, text: string, bytes = 0): Promise<void> {
  const pad = "x".repeat(bytes);
  for (let i = 0; i < count; i += 200)
    await Promise.all(
      Array.from({ length: Math.min(200, count - i) }, (_, n) =>
        client.publish("lobby", `${text} ${i + n} ${pad}`),
      ),
    );
}

/** Subscribes to the lobby; resolves to the newest cursor. */
export const cursorOf = async (client: Client): Promise<Cursor> =>
  ((await client.ask("subscribe", { topic: "lobby" })) as unknown as { cursor: Cursor }).cursor;

/** The texts of the lobby. */
export async function textsOf(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/topics/lobby/messages?limit=200`);
  return ((await answer.json()) as { messages: { text: string }[] }).messages.map(({ text }) => text);
}

/** The temporary files of a folder. */
export const partsIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.includes(".part"));

/** A limit of the size of files: a write in the middle of a copy of a megabyte fails. */
export const REFUSED_WRITE = ["sh", "-c", 'trap "" XFSZ; ulimit -f 2000; exec "$@"', "sh"];

/** Publishes three messages on a server, and makes a backup that has two of them. */
export async function makeBackup(kabar: RunningKabar) {
  const client = await Client.open(kabar.url, { name: "Ana" });
  await client.publish("lobby", "one");
  await client.publish("lobby", "two");
  const file = join(createFolder(), "kabar-backup.db");
  const { code, err } = await on(kabar.dataDir, ["backup", file]);
  if (code !== 0) throw new Error(`the backup ended with ${code}: ${err}`);
  await client.publish("lobby", "three");
  return { kabar, file, client };
}
