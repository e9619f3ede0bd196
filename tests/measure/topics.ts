/** The longest that anybody waits for an answer while the server works on 100,000 topics: start, sweep, download, erase, export, lists. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillManyTopics } from "../support/many-topics.ts";
import { startProber } from "../support/prober.ts";
import { startKabar } from "../support/server.ts";
import { ms, printTable, progress } from "./figures.ts";

/** From listening to the end of the first sweep: names are learned, and every topic is looked at once. */
const START_MS = 45_000;
const QUIET_MS = 5000;

/** Runs the phases and prints their table. */
export async function measureTopics(topics: number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "kabar-measure-"));
  progress("filling the log");
  await fillManyTopics(dataDir, {
    topics,
    messagesEach: 20,
    lobby: 100_000,
    changes: topics * 3,
    oldDays: 60,
  });
  const megabytes = Math.round(statSync(join(dataDir, "kabar.db")).size / 2 ** 20);
  Bun.spawnSync(["sync"]);
  const startedAt = performance.now();
  const kabar = await startKabar({
    dataDir,
    env: { KABAR_TOPICS: "lobby post-*", KABAR_RETAIN_DAYS: "30", KABAR_MAX_TOPICS: "1000000" },
  });
  const startMs = performance.now() - startedAt;
  const prober = startProber(kabar);
  const rows: [string, string][] = [[`start to listening`, ms(startMs)]];
  const admin = (method: string, path: string) =>
    fetch(`${kabar.url}/api/admin/${path}`, {
      method,
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    });

  async function phase(name: string, run: () => Promise<string | undefined>): Promise<void> {
    progress(name);
    const since = Date.now();
    const said = await run();
    const took = Date.now() - since;
    const answers = await prober.slowest(since);
    rows.push([
      `${name}${said ? ` (${said}` : " ("}${said ? ", " : ""}${(took / 1000).toFixed(1)} s)`,
      `${ms(answers.ownMs)} / ${ms(answers.ownP99)} of ${answers.count} (by the clock ${ms(answers.ms)} / ${ms(answers.p99)})`,
    ]);
  }
  const drain = async (response: Response): Promise<number> => {
    let bytes = 0;
    for await (const chunk of response.body ?? []) bytes += chunk.length;
    return bytes;
  };
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

  await phase("after listening: names, first sweep, expired messages", async () => {
    await Bun.sleep(START_MS);
    return undefined;
  });
  await phase("nothing", async () => {
    await Bun.sleep(QUIET_MS);
    return undefined;
  });
  await phase("a reader downloads lobby", async () => {
    const response = await fetch(`${kabar.url}/api/topics/lobby/events?after=0`);
    let bytes = 0;
    let messages = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      messages += Buffer.from(chunk).toString("latin1").split("\ndata: ").length - 1;
      if (messages >= 100_000) break;
    }
    return mebibytes(bytes);
  });
  await phase("export of a user", async () =>
    mebibytes(await drain(await admin("GET", "users/u:alice/export"))),
  );
  await phase("admin lists", async () => {
    for (let i = 0; i < 20; i++)
      for (const path of ["topics", "keys", "audit?limit=500"]) await drain(await admin("GET", path));
    return undefined;
  });
  await phase("rules changed, all topics looked at again", async () => {
    await admin("PUT", "topics/post-1*");
    await Bun.sleep(20_000);
    return undefined;
  });
  await phase("erasure of a user", async () => {
    const { erased } = (await (await admin("DELETE", "users/u:alice")).json()) as { erased: number };
    return `${erased.toLocaleString("en")} entries`;
  });
  await phase("half a minute after: bytes are cleared from the file", async () => {
    await Bun.sleep(30_000);
    return undefined;
  });
  await prober.stop();
  await kabar.stop();
  rmSync(dataDir, { recursive: true });
  printTable(
    `${topics.toLocaleString("en")} topics of 20 messages, ${(topics * 3).toLocaleString("en")} changes in the audit log, ${megabytes} MiB: the slowest /healthz / p99, without waits for a core`,
    rows,
  );
}
