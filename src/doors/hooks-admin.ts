/** The part of the admin API that sets webhooks: makes, shows, pauses, resumes, repeats, tests and deletes them. */
import { z } from "zod";
import { REASON } from "../codec.ts";
import { FEED_KINDS, type FeedKind, isFeedKind } from "../hooks/feed-log.ts";
import type { FeedEvent } from "../hooks/feed-events.ts";
import type { Feed } from "../hooks/feed.ts";
import type { FeedWriter } from "../hooks/feed-writer.ts";
import { requireHookUrl, type SendHook } from "../hooks/hook-request.ts";
import { isAccepted, sendEvent } from "../hooks/hook-runner.ts";
import { currentState, type HookState, readStates } from "../hooks/hook-states.ts";
import { isMail, requireMail } from "../hooks/mail.ts";
import type { OutgoingHook, OutgoingHooks } from "../hooks/outgoing-hooks.ts";
import type { MessageLog } from "../log/log.ts";
import { presentFields } from "../optional-fields.ts";
import { listLike, listOf, textLike, wholeNumber } from "../parsing.ts";
import { TOPIC_OR_PATTERN } from "../topic-rules.ts";
import { WHY } from "./admin.ts";
import { type AdminRouteParts, createAdminRoute, param } from "./admin-route.ts";
import { NO_STORE } from "./request.ts";
import { readJson } from "./request-body.ts";

/** A new webhook begins after what is stored by then; the feed gets so long to record it. */
const SETTLE_MS = 1000;

export const NEW_HOOK = z.object({
  url: z.string("must be an address"),
  topics: listLike(TOPIC_OR_PATTERN, "a list of topics and patterns").default([]),
  kinds: listOf(isFeedKind, `a list of ${FEED_KINDS.join(", ")}`).default([]),
  name: textLike(/^[^\p{C}]{1,60}$/u, "1 to 60 characters").optional(),
  ...REASON,
});
export const REPLAY = z.object({ from: wholeNumber(0, Number.MAX_SAFE_INTEGER), ...REASON });

export interface HooksAdminParts extends AdminRouteParts {
  log: MessageLog;
  feed: Feed;
  writer: FeedWriter;
  hooks: OutgoingHooks;
  send: SendHook;
}

export type HooksAdmin = ReturnType<typeof createHooksAdmin>;

/** A webhook as the admin API shows it. */
function describeHook(
  hook: OutgoingHook,
  state: HookState | undefined,
  top: number,
): Record<string, unknown> {
  const { id, url, topics, kinds, name, madeAt, isPaused } = hook;
  const { place, attempts, failingSince, nextAt, stopped, deliveries } = currentState(hook, state);
  const word = isPaused || stopped ? "paused" : attempts > 0 ? "failing" : "active";
  return presentFields({
    id,
    url,
    topics,
    kinds,
    name,
    madeAt,
    state: word,
    why: stopped?.why,
    place,
    behind: Math.max(0, top - place),
    attempts: attempts || undefined,
    failingSince,
    nextAttemptAt: nextAt,
    deliveries,
  });
}

/** Creates the routes. They throw KabarError. */
export function createHooksAdmin(parts: HooksAdminParts) {
  const { config, log, feed, writer, hooks, send } = parts;
  const admin = createAdminRoute(parts);

  async function show(list: OutgoingHook[]): Promise<Record<string, unknown>[]> {
    const [states, top] = await Promise.all([readStates(log), feed.top()]);
    return list.map((hook) => describeHook(hook, states.get(hook.id), top));
  }
  const showOne = async (hook: OutgoingHook): Promise<Response> =>
    Response.json((await show([hook]))[0], NO_STORE);

  return {
    /** `GET /api/admin/hooks/out` */
    list: admin(async () => Response.json({ hooks: await show(hooks.list()) }, NO_STORE)),

    /** `GET /api/admin/hooks/out/:id`: a webhook with its last deliveries. */
    read: admin((request) => showOne(hooks.require(param(request, "id")))),

    /** `POST /api/admin/hooks/out`: `{url, topics?, kinds?, name?, why?}`. The answer contains the secret. */
    make: admin(async (request, by) => {
      const { url, topics, kinds, name, why } = await readJson(request, NEW_HOOK);
      const events = kinds as FeedKind[];
      const target = isMail(url)
        ? requireMail(url, events, config)
        : { url: requireHookUrl(url, config.hooksAllowPrivate), kinds: events };
      const wanted = { ...target, topics, name };
      await writer.settle(SETTLE_MS);
      const { id } = await hooks.make(wanted, await feed.top(), { by, why });
      return Response.json({ id, secret: hooks.secretOf(id) }, { status: 201, ...NO_STORE });
    }),

    /** `DELETE /api/admin/hooks/out/:id` */
    remove: admin(async (request, by) => {
      await hooks.remove(param(request, "id"), { by });
      return new Response(null, { status: 204 });
    }),

    /** `POST /api/admin/hooks/out/:id/pause`: the webhook keeps its place. */
    pause: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      return showOne(await hooks.pause(param(request, "id"), { by, why }));
    }),

    /** `POST /api/admin/hooks/out/:id/resume`: goes on from its place, at once. */
    resume: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      const hook = hooks.require(param(request, "id"));
      const { place } = currentState(hook, (await readStates(log)).get(hook.id));
      return showOne(await hooks.resume(hook.id, place, { by, why }));
    }),

    /** `POST /api/admin/hooks/out/:id/replay`: `{from}`. Sends everything after a place of the feed again. */
    replay: admin(async (request, by) => {
      const { from, why } = await readJson(request, REPLAY);
      const id = param(request, "id");
      hooks.require(id);
      return showOne(await hooks.resume(id, Math.min(from, await feed.top()), { by, why }));
    }),

    /** `POST /api/admin/hooks/out/:id/test`: sends an event of type `test` now, and answers with what came of it. */
    test: admin(async (request) => {
      const hook = hooks.require(param(request, "id"));
      const event: FeedEvent = {
        id: `test_${crypto.randomUUID()}`,
        type: "test",
        topic: "",
        timestamp: new Date().toISOString(),
        data: { hook: hook.id },
      };
      const answer = await sendEvent(send, hook, hooks.secretOf(hook.id), event, Date.now(), request.signal);
      return Response.json({ accepted: isAccepted(answer), ...answer }, NO_STORE);
    }),
  };
}
