/**
 * Growing messages: appends to a message, its end, and the end of one whose author is silent. Appends of a short time are
 * stored together in one rewrite of the message; each is answered when it is stored, and readers receive it then. The
 * transaction judges each append (growth): of several writers, on several nodes, one adds each sequence.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { cleanPart } from "../formats.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Control } from "../log/control.ts";
import type { Entry, MessageLog } from "../log/log.ts";
import { decodeBody, encodeBody, isGrowingBody } from "../log/message-body.ts";
import type { Logger } from "../logger.ts";
import type { Grown } from "../model.ts";
import type { Topics } from "../topics/topics.ts";
import type { Identity } from "../users/identity.ts";
import { amendmentOf } from "./changes.ts";
import { createGrowingList, GROWING, type GrowingName } from "./growing-list.ts";
import { endGrowth, type GrownBody, growBy, type Outcome, type Part } from "./growth.ts";
import type { SubmissionRules } from "./submission-rules.ts";

/** The shortest time between two rewrites of one message: readers see ten a second as flow. */
const STORE_EVERY_MS = 100;
/** Appends to one message that wait to be stored: a program that writes letters, for seconds. */
const MAX_WAITING = 10_000;
/** Appends that are stored together: their replies leave in one write, which must not make their author a slow reader. */
const MAX_BATCH = 1000;
/** How often silent messages are looked for: a quarter of the time that they have, within these bounds. */
const LOOK_MS = { least: 250, most: 15_000 };

/** An append, as its author sends it. */
export interface Append {
  sequence: number;
  text: string;
  done?: boolean | undefined;
}

interface Waiting {
  part: Part;
  resolve: (grown: Grown) => void;
  reject: (error: unknown) => void;
}

/** The appends to one message that wait. */
interface Writer {
  topic: string;
  target: number;
  waiting: Waiting[];
  bytes: number;
  /** Settles when the running store has ended. */
  storing: Promise<void> | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface GrowingParts {
  config: Config;
  log: MessageLog;
  control: Control;
  cluster: Pick<Cluster, "onDuty">;
  logger: Logger;
  rules: SubmissionRules;
  topics: Pick<Topics, "sendAppend">;
  /** In milliseconds since 1970. */
  now: () => number;
}

export type Growing = ReturnType<typeof createGrowing>;

/** Thrown within a transaction that has nothing to store. */
const NOTHING_NEW = new KabarError("not-growing");

const unlessNothingNew = (error: unknown): undefined => {
  if (error !== NOTHING_NEW) throw error;
};

const nameOf = ({ topic, userId, id }: Entry): GrowingName => ({ topic, userId, id });

/** Makes the functions that store appends and ends. */
function createGrowthStore({ log, rules, topics, now }: GrowingParts) {
  /** Stores parts by one rewrite of the message. Resolves to the outcome of each, and the message if it has grown. */
  async function add(topic: string, target: number, added: readonly Part[]) {
    let grown: GrownBody | undefined;
    const stored = await log
      .append({
        topic,
        userId: GROWING,
        id: `append-${target}`,
        body: "",
        isAmendmentOnly: true,
        amends: {
          offset: target,
          keeps: true,
          rewrite(entry) {
            grown = growBy(entry, added, rules.maxBytesOf(topic), now());
            if (grown.sequence === grown.after) throw NOTHING_NEW;
            return grown.body;
          },
        },
      })
      .catch(unlessNothingNew);
    const { after = 0, sequence = 0, at = 0, text = "", outcomes = [] } = grown ?? {};
    if (stored) topics.sendAppend({ type: "append", topic, target, after, sequence, at, text });
    return { outcomes, entry: stored?.entry };
  }

  /** Stores the entry that ends a message. `last` returns the message as it ends, or throws. Resolves to the ended message. */
  async function end(
    topic: string,
    target: number,
    last: (entry: Entry) => Entry,
    isStopped = false,
  ): Promise<Entry | undefined> {
    let edit = "";
    const { entry, repeated } = await log.append({
      topic,
      userId: GROWING,
      id: `done-${target}`,
      body: "",
      amends: {
        offset: target,
        keeps: true,
        rewrite(found, offset) {
          const ended = endGrowth(last(found), offset, isStopped);
          edit = encodeBody(ended.edit);
          return encodeBody(ended.body);
        },
        body: () => edit,
      },
    });
    return repeated ? undefined : entry.amended?.[0];
  }

  return {
    add,

    /** Ends a message with its last part. Resolves to the outcome of the part, and the message if it has ended. */
    async finish(topic: string, target: number, part: Part): Promise<{ outcome?: Outcome; entry?: Entry }> {
      let outcome: Outcome | undefined;
      const withLast = (found: Entry): Entry => {
        const grown = growBy(found, [part], rules.maxBytesOf(topic), now());
        [outcome] = grown.outcomes;
        if (outcome instanceof KabarError) throw outcome;
        if (!isGrowingBody(found.body)) throw NOTHING_NEW;
        return { ...found, body: grown.body };
      };
      const entry = await end(topic, target, withLast).catch(unlessNothingNew);
      if (entry && outcome) return { outcome, entry };
      // The message has ended before: its last append comes again, or one too many.
      const { outcomes } = await add(topic, target, [part]);
      return outcomes[0] ? { outcome: outcomes[0] } : {};
    },

    /** Ends a message to which nothing was appended since a time, as it stands; an empty one is removed. Resolves to whether it grows on. */
    async stopSilent({ topic, userId, id }: GrowingName, sinceMs: number): Promise<boolean> {
      const found = await log.find(topic, userId, id);
      if (!found || !isGrowingBody(found.body)) return false;
      const requireSilent = (entry: Entry): Entry => {
        if ((decodeBody(entry.body).growing?.at ?? Number.POSITIVE_INFINITY) > sinceMs) throw NOTHING_NEW;
        return entry;
      };
      try {
        await end(topic, found.offset, requireSilent, true);
        return false;
      } catch (error) {
        if (error === NOTHING_NEW) return true;
        if (!(error instanceof KabarError && error.code === "text-empty")) throw error;
      }
      const { user } = decodeBody(found.body);
      const removal = amendmentOf({ user, moderates: true }, { kind: "remove", target: found.offset }, now);
      await log.append({ topic, userId: GROWING, id: `remove-${found.offset}`, ...removal });
      return false;
    },
  };
}

/** Creates the growing messages. Silent ones end after `start`. */
export function createGrowing(parts: GrowingParts) {
  const { config, log, cluster, logger, rules, now } = parts;
  const list = createGrowingList(parts);
  const store = createGrowthStore(parts);
  const writers = new Map<string, Writer>();
  const idleMs = config.growingIdleS * 1000;
  let isStopping = false;
  let looking: ReturnType<typeof setInterval> | undefined;

  /** Forgets a message that has ended; a failure is made up for by a later look. */
  const forget = ({ topic, userId, id }: GrowingName): void =>
    void list.forget({ topic, userId, id }).catch(() => undefined);

  /** Takes what one store may have: an end alone, or all parts before the next end. */
  function takeBatch({ waiting }: Writer): Waiting[] {
    const end = waiting.findIndex(({ part }) => part.done);
    const upTo = end < 0 ? waiting.length : Math.max(1, end);
    return waiting.splice(0, Math.min(upTo, MAX_BATCH));
  }

  async function storeBatch({ topic, target }: Writer, batch: readonly Waiting[]): Promise<Outcome[]> {
    const [first] = batch;
    if (first?.part.done) {
      const { outcome, entry } = await store.finish(topic, target, first.part);
      if (entry) forget(nameOf(entry));
      return outcome ? [outcome] : [];
    }
    const added = batch.map(({ part }) => part);
    const { outcomes, entry } = await store.add(topic, target, added);
    if (entry) list.touch(nameOf(entry), now());
    return outcomes;
  }

  /** Stores what waits and answers it. Never rejects. */
  async function storeNext(writer: Writer): Promise<void> {
    const { topic, target } = writer;
    const batch = takeBatch(writer);
    writer.bytes = writer.waiting.reduce((sum, { part }) => sum + part.text.length, 0);
    try {
      const outcomes = await storeBatch(writer, batch);
      batch.forEach(({ part: { sequence }, resolve, reject }, i) => {
        const outcome = outcomes[i];
        if (outcome instanceof KabarError) reject(outcome);
        else resolve({ topic, target, sequence, repeated: outcome?.repeated ?? true });
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Stores what waits, a moment after the last store; an end at once. Ends with the writer when nothing waits. */
  function run(key: string, writer: Writer): void {
    clearTimeout(writer.timer);
    if (writer.storing) return;
    if (writer.waiting.length === 0) {
      writers.delete(key);
      return;
    }
    writer.storing = storeNext(writer).then(() => {
      writer.storing = undefined;
      const waitMs = isStopping || writer.waiting[0]?.part.done ? 0 : STORE_EVERY_MS;
      if (waitMs === 0) run(key, writer);
      else writer.timer = setTimeout(() => run(key, writer), waitMs);
    });
  }

  /** The appends to a message that wait. */
  function writerOf(topic: string, target: number): Writer {
    const key = `${topic} ${target}`;
    const known = writers.get(key);
    if (known) return known;
    const writer: Writer = { topic, target, waiting: [], bytes: 0, storing: undefined, timer: undefined };
    writers.set(key, writer);
    // After this tick: appends that came together are stored together.
    queueMicrotask(() => run(key, writer));
    return writer;
  }

  /** Ends the messages that have been silent for too long. */
  async function endSilent(): Promise<void> {
    const sinceMs = now() - idleMs;
    const silent = list.silentSince(sinceMs);
    if (silent.length === 0) return;
    await cluster.onDuty("growing", async () => {
      for (const name of silent) {
        if (await store.stopSilent(name, sinceMs)) list.touch(name, now() - idleMs / 2);
        else await list.forget(name);
      }
    });
  }

  async function append(who: Identity, topic: string, target: number, given: Append): Promise<Grown> {
    rules.requireGrower(who, topic);
    const { sequence, done = false } = given;
    const maxBytes = rules.maxBytesOf(topic);
    if (given.text.length > maxBytes)
      throw new KabarError(
        "text-too-long",
        `The text has ${given.text.length} characters; the message may have ${maxBytes} bytes in all.`,
      );
    const writer = writerOf(topic, target);
    if (writer.waiting.length >= MAX_WAITING || writer.bytes > 2 * maxBytes)
      throw new KabarError("rate-limited", "Too many appends wait to be stored.", STORE_EVERY_MS);
    const text = cleanPart(given.text);
    writer.bytes += text.length;
    const stored = new Promise<Grown>((resolve, reject) => {
      writer.waiting.push({ part: { userId: who.user.id, sequence, text, done }, resolve, reject });
    });
    if (isStopping || (done && writer.waiting.length === 1)) run(`${topic} ${target}`, writer);
    return stored;
  }

  return {
    /** Makes room for a message that is about to be stored. Throws `rate-limited`. */
    reserve: list.reserve,
    /** Stores that a message grows, so that it ends even if its author never comes back. */
    note: list.note,
    /** Forgets a message that does not grow, or no more. */
    forget,

    /**
     * Appends to a growing message, and ends it with `done`. Resolves when the text is stored. Throws `sequence-gap`, `not-growing`,
     * `text-too-long`, `text-empty`, `message-unknown`, `forbidden`, and what forbids to write.
     */
    append,

    /** Appends to a message of the identity's own by its id. */
    async appendTo(who: Identity, topic: string, id: string, given: Append): Promise<Grown> {
      rules.requireGrower(who, topic);
      const entry = await log.find(topic, who.user.id, id);
      if (!entry)
        throw new KabarError("message-unknown", `There is no message of yours with the id "${id}".`);
      return append(who, topic, entry.offset, given);
    },

    /** Begins to end silent messages. */
    start(): void {
      const everyMs = Math.min(Math.max(idleMs / 4, LOOK_MS.least), LOOK_MS.most);
      looking = setInterval(() => {
        endSilent().catch((err: unknown) => {
          if (!isStopping) logger.warn({ err }, "silent growing messages are ended later");
        });
      }, everyMs);
    },

    /** Stores what waits at once. Resolves when it is answered. */
    async stop(): Promise<void> {
      isStopping = true;
      clearInterval(looking);
      for (const [key, writer] of writers) run(key, writer);
      while (writers.size > 0) await Promise.all([...writers.values()].map(({ storing }) => storing));
    },
  };
}
