/** The part of the admin API that sets incoming webhooks: makes, lists, rotates and deletes them. */
import { z } from "zod";
import { REASON } from "../codec.ts";
import { KabarError } from "../errors.ts";
import { NAME_RULE, TOPIC_PATTERN, TOPIC_RULE } from "../formats.ts";
import type { IncomingHook, IncomingHooks } from "../hooks/incoming-hooks.ts";
import { textLike } from "../parsing.ts";
import type { Policy } from "../topics/policy.ts";
import { requireName } from "../users/identity.ts";
import { WHY } from "./admin.ts";
import { type AdminRouteParts, createAdminRoute, param } from "./admin-route.ts";
import { NO_STORE, ownAddress } from "./request.ts";
import { readJson } from "./request-body.ts";

export const NEW_INCOMING_HOOK = z.object({
  topic: textLike(TOPIC_PATTERN, TOPIC_RULE),
  name: z.string(`must be ${NAME_RULE}`),
  signed: z.boolean("must be true or false").default(false),
  ...REASON,
});

export interface HooksInAdminParts extends AdminRouteParts {
  policy: Policy;
  incoming: IncomingHooks;
}

export type HooksInAdmin = ReturnType<typeof createHooksInAdmin>;

/** Creates the routes. They throw KabarError. */
export function createHooksInAdmin(parts: HooksInAdminParts) {
  const { config, policy, incoming } = parts;
  const admin = createAdminRoute(parts);

  /** The answer that contains the address, once. */
  function reveal(request: Request, hook: IncomingHook, secret: string, status: number): Response {
    const url = `${ownAddress(request, config)}/hooks/in/${secret}`;
    const signing = hook.isSigned ? { secret: incoming.signingSecretOf(hook) } : {};
    return Response.json({ id: hook.id, url, ...signing }, { status, ...NO_STORE });
  }

  return {
    /** `GET /api/admin/hooks/in`: without the secrets. */
    list: admin(async () => {
      const hooks = incoming.list().map(({ isSigned, turn: _, ...hook }) => ({ ...hook, signed: isSigned }));
      return Response.json({ hooks }, NO_STORE);
    }),

    /** `POST /api/admin/hooks/in`: `{topic, name, signed?, why?}`. Only this answer contains the address. */
    make: admin(async (request, by) => {
      const { topic, name, signed, why } = await readJson(request, NEW_INCOMING_HOOK);
      if (!policy.ruleOf(topic))
        throw new KabarError("topic-unknown", `There is no topic "${topic}" on this server.`);
      const wanted = { topic, name: requireName(name), isSigned: signed };
      const { hook, secret } = await incoming.make(wanted, { by, why });
      return reveal(request, hook, secret, 201);
    }),

    /** `POST /api/admin/hooks/in/:id/rotate`: a new address; the old one ends at once. */
    rotate: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      const { hook, secret } = await incoming.rotate(param(request, "id"), { by, why });
      return reveal(request, hook, secret, 200);
    }),

    /** `DELETE /api/admin/hooks/in/:id` */
    remove: admin(async (request, by) => {
      await incoming.remove(param(request, "id"), { by });
      return new Response(null, { status: 204 });
    }),
  };
}
