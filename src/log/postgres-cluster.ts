/**
 * A cluster over PostgreSQL: nodes with leases, news in a table, duties and shared secrets. A node that was away for longer
 * than its lease, whose row is gone, or that may have lost news, sends its state again and asks the others for theirs.
 */
import type { Logger } from "../logger.ts";
import { type Cluster, createNodeId, type NewsListener, type NodeIntroduction } from "./cluster.ts";
import { createQuestions } from "./cluster-questions.ts";
import {
  addFiles,
  LEASE_S,
  type NewsRow,
  type NodeRow,
  readFile,
  removeNode,
  renewNode,
  returnDuties,
  sharedSecret,
  sweepCluster,
  takeDuty,
  writeNode,
} from "./postgres-cluster-tables.ts";
import { createLane, type Lane } from "./postgres-lane.ts";
import { createNews, NEWS_CHANNEL } from "./postgres-news.ts";

/** How often a node renews its lease. */
const RENEW_EVERY_MS = 5000;
/** A statement that takes longer counts as lost. */
const DEADLINE_MS = 5000;
/** How often a running task renews its duty. */
const RENEW_DUTY_EVERY_MS = 15_000;
/** How often news and nodes that are past their time are deleted. */
const CLEAN_EVERY_MS = 30_000;

/** Kinds of news of the cluster itself: a node wants the state of all others; a node leaves. */
const HELLO = "hello";
const GOODBYE = "goodbye";

export interface PostgresClusterOptions {
  url: string;
  logger: Logger;
  now?: () => number;
}

/** Listeners by kind of news. */
function createListeners() {
  const byKind = new Map<string, NewsListener[]>();
  return {
    add(kind: string, listener: NewsListener): void {
      byKind.set(kind, [...(byKind.get(kind) ?? []), listener]);
    },
    call(kind: string, body: unknown, node: string): void {
      for (const listener of byKind.get(kind) ?? []) listener(body, node);
    },
  };
}

/** The settings that another node has otherwise. */
function differencesTo(mine: NodeIntroduction["settings"], row: NodeRow): string[] {
  const theirs = JSON.parse(row.settings) as Record<string, string>;
  return Object.keys(mine).filter((name) => name in theirs && theirs[name] !== mine[name]);
}

const rowOf = ({ name, version, settings }: NodeIntroduction) => ({
  name,
  version,
  settings: JSON.stringify(settings),
});

interface Membership {
  /** A node is alive that was not before. */
  onCome: (row: NodeRow) => void;
  /** A node's lease is over. */
  onGone: (id: string) => void;
  /** Others have taken this node for gone. */
  onLapse: () => void;
}

/** Creates the list of the nodes that are alive, and the lease of this one. */
function createMembership(id: string, lane: Lane, { onCome, onGone, onLapse }: Membership) {
  let nodes: NodeRow[] = [];
  let introduction: NodeIntroduction = { name: "", version: "", settings: {} };
  const write = () => lane.inOrder((sql) => writeNode(sql, id, rowOf(introduction)));

  function remove(gone: string): void {
    nodes = nodes.filter((node) => node.id !== gone);
    onGone(gone);
  }

  return {
    remove,
    nodes: (): readonly NodeRow[] => nodes,

    async enter(who: NodeIntroduction): Promise<void> {
      introduction = who;
      await write();
    },

    /** Renews the lease, and notices nodes that came or went. */
    async renew(): Promise<void> {
      const rows = await lane.inOrder((sql) => renewNode(sql, id, NEWS_CHANNEL));
      const own = rows.find((row) => row.id === id);
      if (!own) await write();
      if (!own || own.silentS > LEASE_S) onLapse();
      const alive = rows.filter((row) => row.id === id || row.silentS <= LEASE_S);
      const before = nodes;
      nodes = alive;
      for (const row of alive) if (!before.some((node) => node.id === row.id)) onCome(row);
      for (const node of before)
        if (node.id !== id && !alive.some((row) => row.id === node.id)) remove(node.id);
    },
  };
}

/** Creates the cluster of a database whose tables exist. It does nothing until `join`. */
export function createPostgresCluster({
  url,
  logger,
  now = () => performance.now(),
}: PostgresClusterOptions): Cluster {
  const id = createNodeId();
  const lane = createLane({ url, isPooled: true, deadlineMs: DEADLINE_MS });
  const listeners = createListeners();
  const stateListeners: (() => void)[] = [];
  const goneListeners: ((node: string) => void)[] = [];
  let settings: NodeIntroduction["settings"] = {};
  let mustStartOver = false;
  let timers: ReturnType<typeof setInterval>[] = [];

  const noteLoss = () => {
    mustStartOver = true;
  };
  const sendState = () => {
    for (const listener of stateListeners) listener();
  };

  function receive({ node, kind, body }: NewsRow): void {
    const value = JSON.parse(body) as unknown;
    if (kind === HELLO) sendState();
    else if (kind === GOODBYE) membership.remove(node);
    else if (!questions.take(kind, value, node)) listeners.call(kind, value, node);
  }

  const news = createNews({ id, url, lane, now, receive, onLoss: noteLoss });
  const membership = createMembership(id, lane, {
    onCome(row) {
      const names = row.id === id ? [] : differencesTo(settings, row);
      if (names.length > 0)
        logger.warn(
          { node: row.name, settings: names },
          "another node has other settings: nodes that share a database need the same",
        );
    },
    onGone(node) {
      questions.lose(node);
      for (const listener of goneListeners) listener(node);
    },
    onLapse: noteLoss,
  });
  const others = () => membership.nodes().flatMap((node) => (node.id === id ? [] : [node.id]));
  const questions = createQuestions(news.tell, others, logger);

  async function renew(): Promise<void> {
    await membership.renew();
    if (!mustStartOver) return;
    mustStartOver = false;
    news.clear();
    news.tell(HELLO, {});
    sendState();
  }

  return {
    id,
    isAlone: false,

    async join(introduction) {
      settings = introduction.settings;
      await membership.enter(introduction);
      await news.open();
      noteLoss();
      await renew();
      timers = [
        setInterval(() => void renew().catch(noteLoss), RENEW_EVERY_MS),
        setInterval(() => void lane.inOrder(sweepCluster).catch(() => undefined), CLEAN_EVERY_MS),
      ];
    },

    tell: news.tell,
    onNews: listeners.add,
    onStateWanted: (listener) => void stateListeners.push(listener),
    onGone: (listener) => void goneListeners.push(listener),
    ask: questions.ask,
    askFirst: questions.askFirst,
    onQuestion: questions.onQuestion,

    async onDuty(name, run) {
      const take = () => lane.inOrder((sql) => takeDuty(sql, name, id));
      if (!(await take())) return false;
      const renewal = setInterval(() => void take().catch(() => undefined), RENEW_DUTY_EVERY_MS);
      try {
        await run();
      } finally {
        clearInterval(renewal);
      }
      return true;
    },

    secret: (name, make) => lane.inOrder((sql) => sharedSecret(sql, name, make)),
    shareFiles: (files) => lane.inOrder((sql) => addFiles(sql, files)),
    file: (path) => lane.inOrder((sql) => readFile(sql, path)),

    nodes: () =>
      [...membership.nodes()]
        .sort((a, b) => Number(b.id === id) - Number(a.id === id))
        .map(({ settings: _, silentS: __, ...node }) => node),

    async leave() {
      for (const timer of timers) clearInterval(timer);
      news.tell(GOODBYE, {});
      await news.close();
      await lane
        .inOrder(async (sql) => {
          await removeNode(sql, id);
          await returnDuties(sql, id);
        })
        .catch(() => undefined);
      await lane.close();
    },
  };
}
