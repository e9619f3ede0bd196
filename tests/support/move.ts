/** Logs to move, the command that moves them, and everything that the contract can read of one. */
import { KabarError } from "../../src/errors.ts";
import type { Entry, MessageLog, TopicState } from "../../src/log/log.ts";
import { openDatabases } from "../../src/log/open-databases.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";
import { createFolder } from "./folder.ts";
import { entryOf, openLogIn } from "./log.ts";
import { type Ran, run, startRun } from "./run.ts";

/** Starts `move …` in an empty folder. */
export const spawnMove = (args: readonly string[], env: Record<string, string> = {}) =>
  startRun(["move", ...args], { cwd: createFolder(), env });

/** Runs `move …` to its end. */
export const runMove = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  run(["move", ...args], { cwd: createFolder(), env });

/** Opens the log of some databases, silently and without a search. */
export const openDatabaseLog = (addresses: readonly string[]): Promise<MessageLog> =>
  openDatabases(addresses, {
    maxCommitWindowMs: 1,
    search: false,
    logger: createLogger("silent"),
    metrics: createMetrics(),
  });

/** Opens a log by a side of `move`, without a search. */
export const openSide = async (side: readonly string[]): Promise<MessageLog> => {
  const [folder = ""] = side;
  return folder.includes("://") ? openDatabaseLog(side) : openLogIn(folder, { search: false });
};

/**
 * Fills a log with everything that engines store: changed, removed and disowned entries, fingerprints, trimmed topics, one without
 * messages, a refused first message, a dropped topic, the control topic. Resolves to the epochs that it had.
 */
export async function fillLog(log: MessageLog, topics: number): Promise<string[]> {
  const epochs = [(await log.state("dropped")).epoch];
  await log.append(entryOf("dropped", "m1"));
  await log.trim("dropped", 1);
  await log.drop(["dropped"]);
  epochs.push((await log.state("dropped")).epoch);
  await log.append(entryOf("$control", "c1", "control"));
  for (let t = 0; t < topics; t++) {
    const topic = `topic-${t}`;
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        log.append({ ...entryOf(topic, `m${i}`, `text ${i} 👩‍💻 "quoted" \u2028 ñ`), userId: `g-${i % 3}` }),
      ),
    );
    const proof = `proof-${t}`;
    await log.append({
      ...entryOf(topic, "change"),
      proof,
      amends: { offset: 30, rewrite: ({ body }) => body.replace("text", "changed text") },
    });
    await log.disown(topic, "g-2", "nobody", () => '{"text":""}');
    await log.scrub(topic, [35], () => '{"text":"scrubbed"}');
    await log.trim(topic, t % 5);
  }
  await log.append(entryOf("all-gone", "m1"));
  await log.trim("all-gone", 1);
  const refuse = () => {
    throw new KabarError("forbidden");
  };
  await log.append({ ...entryOf("refused", "m1"), requires: { offset: 1, check: refuse } }).catch(() => {});
  return epochs;
}

/** A topic as the contract shows it. */
interface SeenTopic {
  state: TopicState;
  entries: Entry[];
  found: (Entry | undefined)[];
  offsets: number[];
  newestBefore: number;
}

/** Everything of a log that the contract can read. */
export async function readAll(log: MessageLog) {
  const topics: Record<string, SeenTopic> = {};
  const names = await log.topics({ after: "", limit: 10_000 });
  for (const topic of names) {
    const entries: Entry[] = [];
    for (let after = 0; ;) {
      const page = await log.read(topic, { after, limit: 500 });
      entries.push(...page);
      if (page.length < 500) break;
      after = page.at(-1)?.offset ?? after;
    }
    const state = await log.state(topic);
    // An engine may list topics that never stored an entry.
    if (state.top === 0) continue;
    const middle = entries[Math.floor(entries.length / 2)];
    topics[topic] = {
      state,
      entries,
      found: await Promise.all(entries.slice(0, 50).map(({ userId, id }) => log.find(topic, userId, id))),
      offsets: await log.offsetsOf(topic, "g-1"),
      newestBefore: middle ? await log.offsetBefore(topic, middle.at + 1) : 0,
    };
  }
  return { topics, newestAt: log.newestAt() };
}

/** Opens a side, reads all of it, and closes it. */
export async function readSide(side: readonly string[]) {
  const log = await openSide(side);
  try {
    return await readAll(log);
  } finally {
    await log.close();
  }
}
