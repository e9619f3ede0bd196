/**
 * The webhook that is asked first: its setting in the control topic, and the question before a visitor's text is stored. Where no
 * answer comes in time the chosen fallback holds, and a receiver that keeps failing is left alone for a while.
 */
import { z } from "zod";
import type { Ask, Question, Verdict } from "../chat/asking.ts";
import { KabarError } from "../errors.ts";
import type { Cause, Control } from "../log/control.ts";
import type { Logger } from "../logger.ts";
import { parseObject } from "../codec.ts";
import { covers } from "../rights.ts";
import type { HookAnswer, SendHook } from "./hook-request.ts";
import { hookSecret, signedHeaders } from "./signature.ts";

const KEY = "hook-ask";
export const FALLBACKS = ["allow", "hold", "refuse"] as const;
/** Questions that may wait for an answer at a time; further ones get the fallback at once. */
const MAX_WAITING = 500;
/** Failures in a row after which the receiver is left alone, and for how long. */
const MAX_FAILURES = 5;
const REST_MS = 10_000;
/** Characters of the sentence that an author reads. */
const MAX_WHY = 300;

const STORED = z.object({
  url: z.string(),
  topics: z.array(z.string()),
  fallback: z.enum(FALLBACKS),
  madeAt: z.number(),
});

/** The webhook that is asked. `topics` are names and patterns, none for all; `madeAt` is in milliseconds since 1970. */
export type AskHook = z.output<typeof STORED>;

const ANSWER = z.object({
  decision: z.enum(["allow", "hold", "mask", "refuse"]),
  text: z.string().optional(),
  why: z.string().max(MAX_WHY).optional(),
});

export interface AskHookParts {
  control: Control;
  serverSecret: string;
  /** Sends within the time that an answer may take, and returns the start of the answer's body. */
  send: SendHook;
  logger: Pick<Logger, "warn">;
  now?: () => number;
}

export type AskHooks = ReturnType<typeof createAskHook>;

/** The verdict in an answer; undefined for an answer that is none. */
function verdictOf({ status, body }: HookAnswer): Verdict | undefined {
  if (status !== 200) return undefined;
  const answer = ANSWER.safeParse(parseObject(body ?? ""));
  return answer.success ? answer.data : undefined;
}

/** Creates the webhook over the control topic; `now` is in milliseconds since 1970. */
export function createAskHook({ control, serverSecret, send, logger, now = Date.now }: AskHookParts) {
  let waiting = 0;
  let failures = 0;
  let restsUntil = 0;
  const never = new AbortController().signal;

  /** The stored value that was read last, and the webhook in it: asked for with every message. */
  let latest: { value?: unknown; hook?: AskHook | undefined } = {};

  function find(): AskHook | undefined {
    const value = control.get(KEY);
    if (value !== latest.value) latest = { value, hook: STORED.safeParse(value).data };
    return latest.hook;
  }

  /** The secret is new with every setting of the webhook. */
  const secretOf = ({ madeAt }: AskHook): string => hookSecret(serverSecret, `asked first ${madeAt}`);

  function noteFailure(hook: AskHook, { error, status }: HookAnswer): void {
    failures += 1;
    if (failures < MAX_FAILURES) return;
    failures = 0;
    restsUntil = now() + REST_MS;
    const why = error ?? `it answers with status ${status} and no decision`;
    logger.warn({ why, fallback: hook.fallback }, "the webhook that is asked first does not answer");
  }

  async function put(hook: AskHook, { user, ...asked }: Question): Promise<Verdict> {
    const id = `ask_${crypto.randomUUID()}`;
    const { id: userId, name, role } = user;
    const data = { ...asked, user: { id: userId, name, role } };
    const at = now();
    const event = { id, type: "ask", topic: asked.topic, timestamp: new Date(at).toISOString(), data };
    const body = JSON.stringify(event);
    waiting += 1;
    try {
      const headers = signedHeaders(secretOf(hook), id, Math.floor(at / 1000), body);
      const answer = await send(hook.url, body, headers, never);
      const verdict = verdictOf(answer);
      if (verdict) failures = 0;
      else noteFailure(hook, answer);
      return verdict ?? { decision: hook.fallback };
    } finally {
      waiting -= 1;
    }
  }

  const ask: Ask = ({ topic }, question) => {
    const hook = find();
    if (!hook) return undefined;
    if (hook.topics.length > 0 && !hook.topics.some((pattern) => covers(pattern, topic))) return undefined;
    if (waiting >= MAX_WAITING || now() < restsUntil) return Promise.resolve({ decision: hook.fallback });
    return put(hook, question());
  };

  return {
    ask,

    /** The webhook, where one is set. */
    find,

    /** Sets the webhook, in place of the one before; returns its secret. */
    async set(wanted: Omit<AskHook, "madeAt">, cause: Cause): Promise<string> {
      const hook = { ...wanted, madeAt: now() };
      await control.set(KEY, hook, cause);
      restsUntil = 0;
      return secretOf(hook);
    },

    /** Removes the webhook. Throws `not-found`. */
    async remove(cause: Cause): Promise<void> {
      if (!find()) throw new KabarError("not-found", "There is no webhook that is asked first.");
      await control.set(KEY, null, cause);
    },
  };
}
