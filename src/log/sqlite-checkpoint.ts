/**
 * Checkpoints of a SQLite log, made by a thread of their own. A checkpoint of a few megabytes waits 50 ms and more for the
 * disk, and would block the event loop meanwhile. The thread starts when the first one is due. Without it, or after it failed,
 * SQLite checkpoints within commits, as it does by default.
 */
import type { Database } from "bun:sqlite";
import type { Worker } from "node:worker_threads";
import type { Logger } from "../logger.ts";
import { startThread } from "../shipped-files.ts";
import type { CheckpointReply, CheckpointRequest } from "./checkpoint-thread.ts";

/** A checkpoint is due when this many pages of 4 KB are not checkpointed. */
const DUE_PAGES = 500;
/** A write-ahead log of this many pages is checkpointed to its end, so that it begins anew. */
const LONG_PAGES = 3000;
/** Up to this many remaining pages are checkpointed within the event loop: a few milliseconds. */
const REST_PAGES = 64;
/** From this many pages on (64 MB), SQLite checkpoints within commits: the thread cannot keep up. */
const LIMIT_PAGES = 16_000;
/** The first version of SQLite that reports the length of the write-ahead log without a checkpoint. */
const NOOP_SINCE = "3.51";
/** The longest wait for the thread at shutdown. */
const CLOSE_MS = 3000;

export interface CheckpointParts {
  db: Database;
  path: string;
  logger: Logger;
}

export type Checkpoints = ReturnType<typeof createCheckpoints>;

/** Compares versions like `3.51.0` by their first two numbers. */
function isSince(version: string, since: string): boolean {
  const [[major = 0, minor = 0], [sinceMajor = 0, sinceMinor = 0]] = [version, since].map((text) =>
    text.split(".").map(Number),
  ) as [number[], number[]];
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/** Waits for the thread, at most `CLOSE_MS`. Leaves no timer behind, which would keep a finished command from ending. */
async function waitFor(reply: Promise<unknown>): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
  await Promise.race([reply, late]);
  clearTimeout(timer);
}

/** Takes over the checkpoints of an open database in WAL mode. */
export function createCheckpoints({ db, path, logger }: CheckpointParts) {
  const { version } = db.query("SELECT sqlite_version() AS version").get() as { version: string };
  let isOff = !isSince(version, NOOP_SINCE);
  if (!isOff) db.run(`PRAGMA wal_autocheckpoint = ${LIMIT_PAGES}`);
  const length = db.prepare<{ log: number; checkpointed: number }, []>("PRAGMA wal_checkpoint(NOOP)");
  const finish = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  let thread: Worker | undefined;
  let running: Promise<void> | undefined;
  let settle: (reply: CheckpointReply) => void = () => {};

  function fail(failure: string): void {
    if (isOff) return;
    isOff = true;
    logger.warn({ failure }, "the checkpoint thread failed; commits checkpoint the log from now on");
    db.run("PRAGMA wal_autocheckpoint = 1000");
  }

  function start(): Worker {
    const started = startThread("log/checkpoint-thread.ts");
    started.unref();
    started.on("message", (reply: CheckpointReply) => settle(reply));
    started.on("error", (error: unknown) => {
      fail(String(error));
      settle({ failure: String(error) });
    });
    return started;
  }

  function ask(request: CheckpointRequest): Promise<CheckpointReply> {
    thread ??= start();
    const answered = new Promise<CheckpointReply>((resolve) => (settle = resolve));
    thread.postMessage(request);
    return answered;
  }

  function look(): void {
    if (isOff || running) return;
    const { log, checkpointed } = length.get() ?? { log: 0, checkpointed: 0 };
    const left = log - checkpointed;
    if (left > 0 && left <= REST_PAGES && log >= LONG_PAGES) finish.get();
    else if (left >= DUE_PAGES || (log >= LONG_PAGES && left > REST_PAGES)) void run();
  }

  /** Checkpoints the pages written so far. Resolves when the checkpoint has ended, whether or not it succeeded. */
  function run(): Promise<void> {
    if (isOff) return Promise.resolve();
    // Failures are ignored: a disk in trouble also fails in commits, which report it.
    running ??= ask({ path }).then(() => {
      running = undefined;
    });
    return running;
  }

  return {
    run,

    /** Starts a checkpoint if one is due. Call it after each commit; most calls only read the length of the log. */
    look,

    /** Ends the thread. Call it before the database is closed. */
    async close(): Promise<void> {
      if (running) await waitFor(running);
      isOff = true;
      if (thread) await waitFor(ask("close"));
      void thread?.terminate();
    },
  };
}
