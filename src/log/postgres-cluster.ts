/**
 * A cluster over PostgreSQL: nodes with leases, and news in a table that every node reads. NOTIFY is a hint to look at once;
 * without it (a pooler in between) a node looks more often. A node that was away too long, or whose row is gone, tells its
 * state anew and asks the others for theirs.
 */
import { SQL } from "bun";
import type { Logger } from "../logger.ts";
import { type Cluster, createNodeId, type NewsListener, type NodeIntroduction } from "./cluster.ts";
import { createLane } from "./postgres-lane.ts";
import {
  addFiles,
  LEASE_S,
  NEWS_KEPT_S,
  newsPosition,
  type NodeRow,
  readFile,
  readNews,
  removeNode,
  renewNode,
  returnDuties,
  sharedSecret,
  sweepCluster,
  takeDuty,
  writeNews,
  writeNode,
} from "./postgres-cluster-tables.ts";

/** The channel of the hint that there is news. */
const CHANNEL = "kabar_news";
/** News waits this long for more. */
const GATHER_MS = 20;
/** Bodies of one statement, so that it stays small. */
const TOLD_AT_ONCE = 500;
/** News kept while the database is away, a few megabytes; afterwards the node sends its state again. */
const MAX_WAITING = 5000;
/** How often a node looks for news without a hint, where hints arrive. */
const LOOK_EVERY_MS = 3000;
/** How often a node looks where no hint arrives. */
const LOOK_EVERY_WITHOUT_HINTS_MS = 300;
/** How often a node renews its lease. */
const RENEW_EVERY_MS = 5000;
/** How often news and nodes that are past their time are deleted. */
const CLEAN_EVERY_MS = 30_000;
/** How long a question waits for answers: an answer takes milliseconds, except from a node that hangs. */
const ANSWER_MS = 1500;

/** Kinds of news that the cluster itself uses. */
const HELLO = "hello";
const GOODBYE = "goodbye";
const ASK = "ask";
const ANSWER = "answer";

interface Question {
  waitsFor: Set<string>;
  answers: unknown[];
  finish: () => void;
}

/** The settings that another node has otherwise, for one warning. */
function differencesTo(mine: NodeIntroduction["settings"], row: NodeRow): string[] {
  const theirs = JSON.parse(row.settings) as Record<string, string>;
  return Object.keys(mine).filter((name) => name in theirs && theirs[name] !== mine[name]);
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

export interface PostgresClusterOptions {
  url: string;
  logger: Logger;
  now?: () => number;
}

/** Creates the cluster of a database whose tables exist. It does nothing until `join`. */
export function createPostgresCluster({
  url,
  logger,
  now = () => performance.now(),
}: PostgresClusterOptions): Cluster {
  const id = createNodeId();
  const lane = createLane(url);
  const listeners = createListeners();
  const stateListeners: (() => void)[] = [];
  const goneListeners: ((node: string) => void)[] = [];
  const answerers = new Map<string, (body: unknown) => unknown>();
  const questions = new Map<string, Question>();
  let introduction: NodeIntroduction = { name: "", version: "", settings: {} };
  let waiting: { kind: string; body: string }[] = [];
  let flushing: Promise<void> | undefined;
  let position = "0";
  /** Numbers of the news that the next look may find again. */
  let found = new Set<number>();
  let lookedAt = now();
  let looking: Promise<void> | undefined;
  let nodes: NodeRow[] = [];
  let isJoined = false;
  let heardAt = Number.NEGATIVE_INFINITY;
  let timers: ReturnType<typeof setInterval>[] = [];
  let listening: SQL | undefined;

  const tellStateHere = () => {
    for (const listener of stateListeners) listener();
  };

  /** Tells the others the state of this node and asks for theirs: news may have been lost. */
  function startOver(): void {
    waiting = [];
    tell(HELLO, {});
    tellStateHere();
  }

  function tell(kind: string, body: unknown): void {
    if (!isJoined) return;
    if (waiting.length >= MAX_WAITING) waiting = [];
    waiting.push({ kind, body: JSON.stringify(body ?? null) });
    flushing ??= flush();
  }

  async function flush(): Promise<void> {
    await Bun.sleep(GATHER_MS);
    while (waiting.length > 0 && isJoined) {
      const some = waiting.slice(0, TOLD_AT_ONCE);
      try {
        await lane.inOrder(async (sql) => {
          await writeNews(sql, id, some);
          await sql.notify(CHANNEL);
        });
        waiting.splice(0, some.length);
      } catch {
        // The node sends its state again as soon as the lease is renewed.
        needsStart = true;
        break;
      }
    }
    flushing = undefined;
  }
  let needsStart = false;

  function receive({ node, kind, body }: { node: string; kind: string; body: string }): void {
    const value = JSON.parse(body) as unknown;
    if (kind === HELLO) tellStateHere();
    else if (kind === GOODBYE) lose(node);
    else if (kind === ASK) void answer(value as { id: string; kind: string; body: unknown });
    else if (kind === ANSWER) takeAnswer(value as { to: string; value?: unknown }, node);
    else listeners.call(kind, value, node);
  }

  function lose(node: string): void {
    nodes = nodes.filter((each) => each.id !== node);
    for (const question of questions.values())
      if (question.waitsFor.delete(node) && question.waitsFor.size === 0) question.finish();
    for (const listener of goneListeners) listener(node);
  }

  async function answer({ id: to, kind, body }: { id: string; kind: string; body: unknown }): Promise<void> {
    const value = await Promise.resolve(answerers.get(kind)?.(body)).catch((err) => {
      logger.error({ err, kind }, "a question of another node could not be answered");
    });
    tell(ANSWER, { to, value });
  }

  function takeAnswer({ to, value }: { to: string; value?: unknown }, node: string): void {
    const question = questions.get(to);
    if (!question?.waitsFor.delete(node)) return;
    if (value !== undefined) question.answers.push(value);
    if (question.waitsFor.size === 0) question.finish();
  }

  async function lookOnce(): Promise<void> {
    const isLate = now() - lookedAt > NEWS_KEPT_S * 500;
    const { next, news } = await lane.inOrder((sql) => readNews(sql, id, position));
    position = next;
    lookedAt = now();
    const before = found;
    found = new Set(news.map(({ number }) => number));
    for (const each of news) if (!before.has(each.number)) receive(each);
    if (isLate) startOver();
  }

  /** Looks for news; a second call while a look is under way looks once more after it. */
  let lookAgain = false;
  function look(): void {
    if (!isJoined) return;
    if (looking) {
      lookAgain = true;
      return;
    }
    looking = lookOnce()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
        if (lookAgain) {
          lookAgain = false;
          look();
        }
      });
  }

  /** Renews the lease, and notices nodes that came or left. */
  async function renew(): Promise<void> {
    const rows = await lane.inOrder((sql) => renewNode(sql, id, CHANNEL));
    const own = rows.find((row) => row.id === id);
    if (!own) await lane.inOrder((sql) => writeNode(sql, id, rowOf(introduction)));
    if (!own || own.silentS > LEASE_S || needsStart) {
      needsStart = false;
      startOver();
    }
    const alive = rows.filter((row) => row.id === id || row.silentS <= LEASE_S);
    const left = nodes.filter((node) => node.id !== id && !alive.some((row) => row.id === node.id));
    for (const row of alive) if (!nodes.some((node) => node.id === row.id)) warnOfDifferences(row);
    nodes = alive;
    for (const node of left) lose(node.id);
  }

  function warnOfDifferences(row: NodeRow): void {
    if (row.id === id) return;
    const names = differencesTo(introduction.settings, row);
    if (names.length > 0)
      logger.warn(
        { node: row.name, settings: names },
        "another node has other settings: nodes that share a database need the same",
      );
  }

  const rowOf = ({ name, version, settings }: NodeIntroduction) => ({
    name,
    version,
    settings: JSON.stringify(settings),
  });

  return {
    id,
    isAlone: false,

    async join(who) {
      introduction = who;
      await lane.inOrder((sql) => writeNode(sql, id, rowOf(who)));
      position = await lane.inOrder(newsPosition);
      isJoined = true;
      listening = new SQL(url, { max: 1, connection: { idle_session_timeout: 0 } });
      const hear = () => {
        heardAt = now();
        look();
      };
      await listening.listen(CHANNEL, hear, () => look()).catch(() => undefined);
      await renew();
      tell(HELLO, {});
      tellStateHere();
      timers = [
        setInterval(() => {
          const hintsArrive = now() - heardAt < 3 * RENEW_EVERY_MS;
          if (!hintsArrive || now() - lookedAt >= LOOK_EVERY_MS) look();
        }, LOOK_EVERY_WITHOUT_HINTS_MS),
        setInterval(() => void renew().catch(() => (needsStart = true)), RENEW_EVERY_MS),
        setInterval(() => void lane.inOrder(sweepCluster).catch(() => undefined), CLEAN_EVERY_MS),
      ];
    },

    tell,
    onNews: listeners.add,
    onStateWanted: (listener) => void stateListeners.push(listener),
    onGone: (listener) => void goneListeners.push(listener),

    ask(kind, body) {
      const others = nodes.filter((node) => node.id !== id).map((node) => node.id);
      const question = crypto.randomUUID();
      const answers: unknown[] = [];
      const waitsFor = new Set(others);
      return new Promise((resolve) => {
        const finish = () => {
          clearTimeout(timer);
          questions.delete(question);
          resolve({ answers, silent: [...waitsFor] });
        };
        const timer = setTimeout(finish, ANSWER_MS);
        if (others.length === 0) finish();
        else {
          questions.set(question, { waitsFor, answers, finish });
          tell(ASK, { id: question, kind, body });
        }
      });
    },
    onQuestion: (kind, answerer) => void answerers.set(kind, answerer),

    async onDuty(name, run) {
      if (!(await lane.inOrder((sql) => takeDuty(sql, name, id)))) return false;
      const renewal = setInterval(
        () => void lane.inOrder((sql) => takeDuty(sql, name, id)).catch(() => undefined),
        RENEW_EVERY_MS * 3,
      );
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
      [...nodes]
        .sort((a, b) => Number(b.id === id) - Number(a.id === id))
        .map(({ settings: _, silentS: __, ...node }) => node),

    async leave() {
      if (isJoined) {
        tell(GOODBYE, {});
        await flushing;
      }
      isJoined = false;
      for (const timer of timers) clearInterval(timer);
      await looking;
      await lane
        .inOrder(async (sql) => {
          await removeNode(sql, id);
          await returnDuties(sql, id);
        })
        .catch(() => undefined);
      await listening?.close({ timeout: 1 }).catch(() => undefined);
      await lane.close();
    },
  };
}
