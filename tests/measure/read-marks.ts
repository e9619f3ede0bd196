/** The cost of read marks: 10,000 signed readers of one topic who mark every message, beside the same readers who mark none. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { cpuSeconds } from "../bench/process-stats.ts";
import { Client } from "../support/client.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { mib, printTable, progress, residentMib } from "./figures.ts";

const READERS = 10_000;
const OPEN_AT_ONCE = 100;
const MESSAGES = 10;
/** A message for all, and the marks of all, in this time. */
const ROUND_MS = 4000;
/** Marks are gathered for five seconds before they are stored. */
const STORED_MS = 8000;

/** What a phase has used of the server. */
interface Used {
  cpuS: number;
  bytes: number;
}

const logBytes = ({ dataDir }: RunningKabar): number =>
  ["kabar.db", "kabar.db-wal"].reduce(
    (sum, name) => sum + (statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

async function openReaders(kabar: RunningKabar): Promise<Client[]> {
  const readers: Client[] = [];
  while (readers.length < READERS) {
    const batch = Array.from({ length: OPEN_AT_ONCE }, async (_, i) => {
      const reader = await Client.open(kabar.url, { token: await signToken(`reader-${readers.length + i}`) });
      await reader.ask("subscribe", { topic: "lobby" });
      return reader;
    });
    readers.push(...(await Promise.all(batch)));
    if (readers.length % 1000 === 0) progress(`${readers.length} of ${READERS} readers are connected`);
  }
  return readers;
}

/** Runs the measurement and prints its table. */
export async function measureReadMarks(): Promise<void> {
  const kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: TOKEN_SECRET } });
  const readers = await openReaders(kabar);
  const writer = await Client.open(kabar.url, { key: kabar.operatorKey });
  const memoryMib = residentMib(kabar.pid());

  async function run(name: string, marks: boolean): Promise<Used> {
    const [cpu, bytes] = [cpuSeconds([kabar.pid()]), logBytes(kabar)];
    for (let i = 1; i <= MESSAGES; i++) {
      progress(`${name}: message ${i} of ${MESSAGES}`);
      const until = performance.now() + ROUND_MS;
      const reply = (await writer.publish("lobby", `message ${i}`)) as unknown as { offset: number };
      if (marks)
        await Promise.all(
          readers.map((reader) => reader.ask("read", { topic: "lobby", offset: reply.offset })),
        );
      await Bun.sleep(Math.max(0, until - performance.now()));
    }
    await Bun.sleep(STORED_MS);
    return { cpuS: cpuSeconds([kabar.pid()]) - cpu, bytes: logBytes(kabar) - bytes };
  }
  const without = await run("without marks", false);
  const first = await run("with marks, the first of each reader", true);
  const later = await run("with marks, later ones", true);
  const marks = READERS * MESSAGES;
  const perMark = ({ cpuS }: Used): string => `${(((cpuS - without.cpuS) / marks) * 1e6).toFixed(0)} µs`;
  const share = ({ cpuS }: Used): string =>
    `${((cpuS / ((MESSAGES * ROUND_MS + STORED_MS) / 1000)) * 100).toFixed(0)} %`;
  printTable(
    `${READERS.toLocaleString("en")} readers, ${MESSAGES} messages ${ROUND_MS / 1000} s apart, every reader marks every message`,
    [
      ["of a core, without marks", share(without)],
      ["of a core, with marks: the first ten of each reader", share(first)],
      ["of a core, with marks: the next ten", share(later)],
      [
        "CPU of a mark, its reply and its event included: first / next",
        `${perMark(first)} / ${perMark(later)}`,
      ],
      ["memory with all connected", mib(memoryMib)],
      ["memory after all marks", mib(residentMib(kabar.pid()))],
      [
        "growth of the log's files: without / first / next",
        [without, first, later].map(({ bytes }) => mib(bytes / 2 ** 20)).join(" / "),
      ],
    ],
  );
  for (const reader of readers) reader.close();
  await kabar.stop();
}
