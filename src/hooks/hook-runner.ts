/**
 * Pushes the feed to one webhook: one event after the other, each until it is accepted. A failure is repeated with growing
 * pauses; after three days the hook is paused, and loses nothing: it goes on from its place when it is resumed.
 */
import type { Logger } from "../logger.ts";
import type { FeedEvent } from "./feed-events.ts";
import type { Feed, FeedFilter } from "./feed.ts";
import type { HookAnswer, SendHook } from "./hook-request.ts";
import { currentState, type HookState, type HookStates, withDelivery } from "./hook-states.ts";
import type { OutgoingHook, OutgoingHooks } from "./outgoing-hooks.ts";
import { signedHeaders } from "./signature.ts";

/** Pauses after the first failures; the last one is repeated. A part of each is random. */
const PAUSES_MS = [1000, 2000, 5000, 15_000, 30_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000];
const GIVE_UP_AFTER_MS = 3 * 86_400_000;
/** The longest pause that a receiver may ask for. */
const MAX_PAUSE_MS = 3_600_000;
/** A look at what changed, where nothing wakes the runner. */
const LOOK_EVERY_MS = 1000;
/** The longest sleep of a runner that has sent everything: the feed wakes it. */
const IDLE_MS = 5000;
/** The receiver has gone for good (RFC 9110 section 15.5.11). */
const GONE = 410;

export interface HookRunnerParts {
  feed: Pick<Feed, "read" | "wait" | "top">;
  hooks: Pick<OutgoingHooks, "find" | "secretOf">;
  states: Pick<HookStates, "get" | "set" | "keep">;
  send: SendHook;
  /** Whether this node is still the one that sends. */
  maySend: () => boolean;
  logger: Pick<Logger, "warn">;
  /** Counts a delivery by its result. */
  count: (result: "ok" | "failed") => void;
  now?: () => number;
  random?: () => number;
}

/** Whether an answer accepts the event. */
export const isAccepted = ({ status = 0 }: HookAnswer): boolean => status >= 200 && status < 300;

/** The filter of a webhook. */
export const filterOf = ({ topics, kinds }: OutgoingHook): FeedFilter => ({
  topics: topics.length > 0 ? topics : undefined,
  kinds: kinds.length > 0 ? kinds : undefined,
});

/** Sends an event to a webhook, signed at `nowMs` (milliseconds since 1970). */
export function sendEvent(
  send: SendHook,
  { url }: { url: string },
  secret: string,
  event: FeedEvent,
  nowMs: number,
  ended: AbortSignal,
): Promise<HookAnswer> {
  const body = JSON.stringify(event);
  return send(url, body, signedHeaders(secret, event.id, Math.floor(nowMs / 1000), body), ended);
}

/** The pause before the next attempt, in milliseconds. */
export function pauseAfter(attempts: number, asked: number | undefined, random: number): number {
  const pause = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] ?? 0;
  return Math.max(pause * (0.75 + random / 2), Math.min(asked ?? 0, MAX_PAUSE_MS));
}

/** Runs a webhook until it is deleted or `ended` is aborted. */
export async function runHook(id: string, parts: HookRunnerParts, ended: AbortSignal): Promise<void> {
  const { feed, hooks, states, send, maySend, logger, count, now = Date.now, random = Math.random } = parts;

  /** The state after a failed attempt. */
  function afterFailure(state: HookState, answer: HookAnswer): HookState {
    const { failingSince = now() } = state;
    const attempts = state.attempts + 1;
    const isGone = answer.status === GONE;
    if (!isGone && now() - failingSince < GIVE_UP_AFTER_MS)
      return {
        ...state,
        attempts,
        failingSince,
        nextAt: now() + pauseAfter(attempts, answer.retryAfterMs, random()),
      };
    const why = isGone ? "the receiver answered 410 Gone" : "no event was accepted for three days";
    logger.warn(
      { hook: id, why },
      "a webhook is paused; it keeps its place: resume it when its receiver works",
    );
    const { nextAt: _, ...rest } = state;
    return { ...rest, attempts, failingSince, stopped: { at: now(), why } };
  }

  /** Sends an event once. Resolves to whether the runner goes on to the next one. */
  async function push(hook: OutgoingHook, event: FeedEvent, place: number): Promise<boolean> {
    const at = now();
    const answer = await sendEvent(send, hook, hooks.secretOf(id), event, at, ended);
    // What was interrupted is sent again by the node that goes on. A place noted now would be put over those of that node.
    if (ended.aborted || !maySend()) return false;
    const { retryAfterMs: _, ...result } = answer;
    const before = currentState(hook, states.get(id));
    const state = withDelivery(before, {
      id: event.id,
      type: event.type,
      at,
      attempt: before.attempts + 1,
      ...result,
    });
    const accepted = isAccepted(answer);
    count(accepted ? "ok" : "failed");
    const { turn, deliveries } = state;
    states.set(id, accepted ? { turn, place, attempts: 0, deliveries } : afterFailure(state, answer));
    return accepted;
  }

  /** Whether this node may go on with a webhook as it was read. */
  function isUnchanged({ turn }: OutgoingHook): boolean {
    const hook = hooks.find(id);
    return !ended.aborted && maySend() && hook?.turn === turn && !hook.isPaused;
  }

  /** Sends what is due. Resolves to the time to wait, in milliseconds. */
  async function advance(): Promise<number> {
    const hook = hooks.find(id);
    if (!hook) return LOOK_EVERY_MS;
    const state = currentState(hook, states.get(id));
    if (hook.isPaused || state.stopped || !maySend()) return LOOK_EVERY_MS;
    const waitMs = (state.nextAt ?? 0) - now();
    if (waitMs > 0) return Math.min(waitMs, LOOK_EVERY_MS);
    // A restored backup may have less than was sent.
    const place = Math.min(state.place, await feed.top());
    const { events, next } = await feed.read(place, filterOf(hook));
    for (const { event, offset } of events) {
      if (!isUnchanged(hook) || !(await push(hook, event, offset))) return 0;
    }
    if (next === place) return IDLE_MS;
    const after = currentState(hook, states.get(id));
    if (after.place < next && isUnchanged(hook)) states.keep(id, { ...after, place: next });
    return 0;
  }

  while (!ended.aborted && hooks.find(id)) {
    const waitMs = await advance().catch(() => LOOK_EVERY_MS);
    if (waitMs > 0) await feed.wait(waitMs, ended);
  }
  if (!ended.aborted) states.set(id, undefined);
}
