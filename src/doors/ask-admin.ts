/** The part of the admin API that sets the webhook that is asked first. */
import { z } from "zod";
import { REASON } from "../codec.ts";
import { KabarError } from "../errors.ts";
import { type AskHooks, FALLBACKS } from "../hooks/ask-hook.ts";
import { requireHookUrl } from "../hooks/hook-request.ts";
import { listLike, oneOf } from "../parsing.ts";
import { TOPIC_OR_PATTERN } from "../topic-rules.ts";
import { type AdminRouteParts, createAdminRoute } from "./admin-route.ts";
import { NO_STORE } from "./request.ts";
import { readJson } from "./request-body.ts";

export const NEW_ASK_HOOK = z.object({
  url: z.string("must be an address"),
  topics: listLike(TOPIC_OR_PATTERN, "a list of topics and patterns").default([]),
  fallback: oneOf(FALLBACKS).default("hold"),
  ...REASON,
});

export type AskAdmin = ReturnType<typeof createAskAdmin>;

export interface AskAdminParts extends AdminRouteParts {
  askHook: AskHooks;
}

/** Creates the routes. They throw KabarError. */
export function createAskAdmin(parts: AskAdminParts) {
  const { config, askHook } = parts;
  const admin = createAdminRoute(parts);
  return {
    /** `GET /api/admin/hooks/ask` */
    read: admin(async () => {
      const hook = askHook.find();
      if (!hook) throw new KabarError("not-found", "There is no webhook that is asked first.");
      return Response.json(hook, NO_STORE);
    }),

    /** `PUT /api/admin/hooks/ask`: `{url, topics?, fallback?, why?}`. The answer contains the secret. */
    set: admin(async (request, by) => {
      const { url, topics, fallback, why } = await readJson(request, NEW_ASK_HOOK);
      const wanted = { url: requireHookUrl(url, config.hooksAllowPrivate), topics, fallback };
      return Response.json({ secret: await askHook.set(wanted, { by, why }) }, NO_STORE);
    }),

    /** `DELETE /api/admin/hooks/ask` */
    remove: admin(async (_request, by) => {
      await askHook.remove({ by });
      return new Response(null, { status: 204 });
    }),
  };
}
