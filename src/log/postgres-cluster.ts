/**
 * A cluster over PostgreSQL: nodes with leases, news in a table, duties and shared secrets. A node that was away for longer
 * than its lease, whose row is gone, or that may have missed news, sends its state again and asks the others for theirs.
 */
import { KabarError, StartError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { type Cluster, createNodeId, type NewsListener, type NodeIntroduction } from "./cluster.ts";
import { createQuestions } from "./cluster-questions.ts";
import {
  addFiles,
  type NewsRow,
  type NodeRow,
  readFile,
  sharedSecret,
  sweepCluster,
  takeDuty,
} from "./postgres-cluster-tables.ts";
import { createLane } from "./postgres-lane.ts";
import { createNews } from "./postgres-news.ts";
import { createNodes } from "./postgres-nodes.ts";
import { troubleOf } from "./postgres-trouble.ts";

/** How often a node renews its lease. */
const RENEW_EVERY_MS = 5000;
/** A statement that takes longer counts as lost. */
const DEADLINE_MS = 5000;
/** How often a running task renews its duty. */
const RENEW_DUTY_EVERY_MS = 15_000;
/** How often news and nodes that are past their time are deleted. */
const CLEAN_EVERY_MS = 30_000;
/** The state is sent so long after a question for it: nodes that start together ask together. */
const STATE_AFTER_MS = 250;
/** After a failure to read a file, when to try again. */
const RETRY_MS = 1000;

/**
 * Kinds of news of the cluster itself: a node wants the state of all others, and with `dropped` says that news of it was lost;
 * a node leaves.
 */
const HELLO = "hello";
const GOODBYE = "goodbye";

export interface PostgresClusterOptions {
  url: string;
  /** Whether a pooler changes the server's connection between transactions. */
  isPooled?: boolean;
  logger: Logger;
  now?: () => number;
}

/** Makes the function that runs listeners: one that throws, for example at news of another version, is logged once and stops no other. */
function createGuard(logger: Logger) {
  const failed = new Set<string>();
  return (kind: string, run: () => void): void => {
    try {
      run();
    } catch (err) {
      if (failed.has(kind)) return;
      failed.add(kind);
      logger.warn({ err, kind }, "news of another node has no effect here: is that node of another version?");
    }
  };
}

/** The settings that another node has otherwise. */
function differencesTo(mine: NodeIntroduction["settings"], row: NodeRow): string[] {
  const theirs = JSON.parse(row.settings) as Record<string, string> | null;
  return Object.keys(mine).filter((name) => (theirs?.[name] ?? mine[name]) !== mine[name]);
}

/** Work of the start: without it the server does not start. */
const atStart = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error) => {
    throw error instanceof StartError
      ? error
      : new StartError(`The nodes' tables can't be used: ${troubleOf(error)}.`);
  });

/** Creates the cluster of a database whose tables exist. It does nothing until `join`. */
export function createPostgresCluster({
  url,
  isPooled = false,
  logger,
  now = () => performance.now(),
}: PostgresClusterOptions): Cluster {
  const id = createNodeId();
  const lane = createLane({ url, isPooled, deadlineMs: DEADLINE_MS });
  const guard = createGuard(logger);
  const newsListeners = new Map<string, NewsListener[]>();
  const stateListeners: (() => void)[] = [];
  const missedListeners: (() => void)[] = [];
  const goneListeners: ((node: string) => void)[] = [];
  let settings: NodeIntroduction["settings"] = {};
  let timers: ReturnType<typeof setInterval>[] = [];
  let stateTimer: ReturnType<typeof setTimeout> | undefined;
  let hasLeft = false;
  /** What the next renewal makes up for. */
  let owed = { state: false, missed: false, dropped: false };

  function sendStateSoon(): void {
    stateTimer ??= setTimeout(() => {
      stateTimer = undefined;
      for (const listener of stateListeners) guard("state", listener);
    }, STATE_AFTER_MS);
  }
  function noteMissed(): void {
    for (const listener of missedListeners) guard("missed", listener);
  }

  function receive({ node, kind, body }: NewsRow): void {
    nodes.note(node);
    guard(kind, () => {
      const value = JSON.parse(body) as unknown;
      if (kind === HELLO) {
        sendStateSoon();
        if ((value as { dropped?: boolean } | null)?.dropped) noteMissed();
      } else if (kind === GOODBYE) nodes.remove(node);
      else if (!questions.take(kind, value, node))
        for (const listener of newsListeners.get(kind) ?? []) guard(kind, () => listener(value, node));
    });
  }

  const news = createNews({
    id,
    url,
    lane,
    now,
    receive,
    onMissed() {
      owed = { ...owed, state: true, missed: true };
    },
    onDropped() {
      owed = { ...owed, state: true, dropped: true };
    },
  });
  const nodes = createNodes(id, lane, {
    onCome: (row) =>
      guard("settings", () => {
        const names = row.id === id ? [] : differencesTo(settings, row);
        if (names.length > 0)
          logger.warn(
            { node: row.name, settings: names },
            "another node has other settings: nodes that share a database need the same",
          );
      }),
    onGone(node) {
      questions.lose(node);
      for (const listener of goneListeners) guard("gone", () => listener(node));
    },
    onLapse(isRowGone) {
      owed = { ...owed, state: true, missed: owed.missed || isRowGone };
    },
  });
  const others = () => nodes.list().flatMap((node) => (node.id === id ? [] : [node.id]));
  const questions = createQuestions(news.tell, others, logger);

  /** Renews the lease. After a lapse the node begins anew: others ask for its state, and it for theirs. */
  async function renew(): Promise<void> {
    await nodes.renew();
    const { state, missed, dropped } = owed;
    if (!state) return;
    owed = { state: false, missed: false, dropped: false };
    news.tell(HELLO, dropped ? { dropped } : {});
    if (missed) noteMissed();
    sendStateSoon();
  }

  return {
    id,
    isAlone: false,

    async join(introduction) {
      settings = introduction.settings;
      await atStart(nodes.enter(introduction));
      await atStart(news.open());
      // What other nodes told since this one has read the log is missed, too.
      owed = { ...owed, state: true, missed: true };
      await atStart(renew());
      timers = [
        setInterval(() => void renew().catch(() => undefined), RENEW_EVERY_MS),
        setInterval(() => void lane.onOneConnection(sweepCluster).catch(() => undefined), CLEAN_EVERY_MS),
      ];
    },

    tell: news.tell,
    onNews: (kind, listener) => void newsListeners.set(kind, [...(newsListeners.get(kind) ?? []), listener]),
    onStateWanted: (listener) => void stateListeners.push(listener),
    onMissed: (listener) => void missedListeners.push(listener),
    onGone: (listener) => void goneListeners.push(listener),
    ask: questions.ask,
    askFirst: questions.askFirst,
    onQuestion: questions.onQuestion,

    async onDuty(name, run) {
      // While the database is away nobody has the duty: the log says that it is away.
      const take = async () =>
        !hasLeft && (await lane.onOneConnection((sql) => takeDuty(sql, name, id)).catch(() => false));
      if (!(await take())) return false;
      const renewal = setInterval(() => void take(), RENEW_DUTY_EVERY_MS);
      try {
        await run();
      } finally {
        clearInterval(renewal);
      }
      return true;
    },

    secret: (name, make) => atStart(lane.onOneConnection((sql) => sharedSecret(sql, name, make))),
    shareFiles: (files) => atStart(lane.onOneConnection((sql) => addFiles(sql, files))),
    file: (path) =>
      lane
        .inOrder((sql) => readFile(sql, path))
        .catch(() => {
          throw new KabarError(
            "log-unavailable",
            "Files of other versions can't be read just now.",
            RETRY_MS,
          );
        }),

    nodes: () =>
      [...nodes.list()]
        .sort((a, b) => Number(b.id === id) - Number(a.id === id))
        .map(({ settings: _, silentS: __, ...node }) => node),

    async leave() {
      hasLeft = true;
      for (const timer of timers) clearInterval(timer);
      clearTimeout(stateTimer);
      // Before the news of it: another node takes over the duties as soon as it knows.
      await nodes.leave();
      news.tell(GOODBYE, {});
      await news.close();
      await lane.close();
    },
  };
}
