/**
 * Hints between nodes that something was stored, over LISTEN and NOTIFY. A hint saves a wait and nothing rests on it.
 * A probe finds what listens in vain, behind a pooler or on a connection that has died silently; then polling carries, and the
 * node listens anew from time to time.
 */
import { SQL } from "bun";
import type { Logger } from "../logger.ts";
import type { LogWarning } from "../named-sentences.ts";
import type { Lane } from "./postgres-lane.ts";

/** What it means that hints do not arrive, for the owner. */
export const NOT_HEARING: LogWarning = {
  code: "not-hearing",
  text: "PostgreSQL's LISTEN is swallowed, as by a pooler in transaction mode: other nodes' messages arrive by polling, up to a quarter of a second later.",
};
const CHANNEL = "kabar_stored";
/**
 * A transaction that notifies has a number, so its commit would wait for the disk and slow appends down. A hint that a crash
 * loses costs nothing.
 */
const notifying = (payload: string): string =>
  `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${CHANNEL}', '${payload}')`;
/** How long a hint to the node itself may take before it counts as lost. */
const PROBE_MS = 1500;
/** How often a node checks that it still hears itself. */
const PROBE_EVERY_MS = 10_000;
/** Pauses before listening anew after the first, second … failure. */
const PAUSES_MS = [250, 1000, 5000, 30_000];

export interface HintOptions {
  url: string;
  /** Sends hints. */
  lane: Lane;
  /** Called when another node may have stored something. */
  onHint: () => void;
  logger: Logger;
}

export type Hints = Awaited<ReturnType<typeof startHints>>;

/** Starts to listen and probes once. Resolves whether or not hints arrive; `isHearing` says it. */
export async function startHints({ url, lane, onHint, logger }: HintOptions) {
  /** What this node's own hints carry: they need no look. */
  const own = crypto.randomUUID().slice(0, 8);
  let sql: SQL | undefined;
  let isHearing = false;
  let isFirst = true;
  let isChecking = false;
  let isStopped = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Resolves the probe that is under way. */
  let heard: () => void = () => undefined;
  let probes = 0;

  // Without parameters a statement is one step, which any pooler carries.
  const notify = (payload: string) => lane.anytime((each) => each.unsafe(notifying(payload)));

  function receive(payload: string): void {
    if (payload === `${own} ${probes}`) heard();
    else if (payload !== own && !payload.startsWith(`${own} `)) onHint();
  }

  /** Whether a hint that is sent now arrives in time. Rejects when it can't be sent. */
  async function probe(): Promise<boolean> {
    probes += 1;
    const arrived = new Promise<boolean>((resolve) => {
      heard = () => resolve(true);
    });
    await notify(`${own} ${probes}`);
    return Promise.race([arrived, Bun.sleep(PROBE_MS).then(() => false)]);
  }

  function hangUp(): void {
    const gone = sql;
    sql = undefined;
    gone?.close({ timeout: 0 }).catch(() => undefined);
  }

  /** Listens on a new connection. Resolves to whether that was acknowledged in time. */
  async function listen(): Promise<boolean> {
    hangUp();
    const mine = new SQL(url, {
      max: 1,
      prepare: false,
      // Bun would listen again by itself, after up to 32 seconds.
      onclose: () => {
        if (mine !== sql) return;
        hangUp();
        if (!isChecking) note(false);
      },
    });
    sql = mine;
    const listening = mine.listen(CHANNEL, receive, onHint).then(
      () => true,
      () => false,
    );
    return Promise.race([listening, Bun.sleep(PROBE_MS).then(() => false)]);
  }

  /** Notes whether hints arrive, and plans the next check. */
  function note(isHearingNow: boolean): void {
    if (isStopped) return;
    failures = isHearingNow ? 0 : failures + 1;
    if (isHearing !== isHearingNow || isFirst) {
      isHearing = isHearingNow;
      const { text, ...fields } = NOT_HEARING;
      if (!isHearing) logger.warn(fields, text);
      else if (!isFirst) logger.info("other nodes' messages arrive by LISTEN again");
      isFirst = false;
    }
    clearTimeout(timer);
    const pauseMs = isHearing ? PROBE_EVERY_MS : (PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0);
    timer = setTimeout(() => void check(), pauseMs);
  }

  async function check(): Promise<void> {
    isChecking = true;
    let works = false;
    try {
      works = (sql !== undefined || (await listen())) && (await probe());
    } catch {
      // The database is away, which the tail reports.
    }
    isChecking = false;
    if (!works) hangUp();
    note(works);
  }

  await check();

  /** A hint is being sent; another one follows when something was stored meanwhile. */
  let sending: Promise<unknown> | undefined;
  let isWanted = false;
  function send(): void {
    isWanted = true;
    sending ??= (async () => {
      while (isWanted) {
        isWanted = false;
        await notify(own).catch(() => undefined);
      }
      sending = undefined;
    })();
  }

  return {
    /** Whether hints arrive, as of the last probe. */
    isHearing: (): boolean => isHearing,

    /** Wakes the other nodes. Outside of an append's transaction: inside, it would take a lock of the whole cluster. */
    send,

    /** Listens no more. */
    async close(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      hangUp();
      await sending;
    },
  };
}
