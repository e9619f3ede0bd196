/**
 * The part of the admin API that lists, adds and removes origins of pages that may connect. Changes are for the operator only: an
 * origin decides which sites may use the chat.
 */
import { z } from "zod";
import { envName } from "../settings.ts";
import { WHY } from "./admin.ts";
import { type AdminRouteParts, createAdminRoute, requireOperator } from "./admin-route.ts";
import { ORIGIN, type PageOrigins } from "./page-origins.ts";
import { NO_STORE, parseQuery } from "./request.ts";
import { readJson } from "./request-body.ts";
import { sourceOf } from "./settings-admin.ts";

export const NEW_ORIGIN = z.object({ origin: ORIGIN, ...WHY.shape });
export const ORIGIN_QUERY = { origin: ORIGIN };
const NEEDS_OPERATOR = "an origin decides which sites may use the chat";

export interface OriginsAdminParts extends AdminRouteParts {
  origins: PageOrigins;
}

export type OriginsAdmin = ReturnType<typeof createOriginsAdmin>;

/** Creates the routes. They throw KabarError. */
export function createOriginsAdmin(parts: OriginsAdminParts) {
  const { config, origins } = parts;
  const admin = createAdminRoute(parts);
  const source = sourceOf(config, "allowedOrigins", process.env[envName("allowedOrigins")]);

  return {
    /** `GET /api/admin/origins`: the origins of the configuration first, then those that were added. */
    list: admin(async () => {
      const configured = origins.configured().map((origin) => ({ origin, source }));
      const added = origins.added().map((origin) => ({ origin, source: "api" }));
      return Response.json({ origins: [...configured, ...added] }, NO_STORE);
    }),

    /** `POST /api/admin/origins`: `{origin, why?}`. Its pages may connect from now on. */
    add: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const { origin, why } = await readJson(request, NEW_ORIGIN);
      const isNew = await origins.add(origin, { by, why });
      return Response.json({ origin }, { status: isNew ? 201 : 200, ...NO_STORE });
    }),

    /** `DELETE /api/admin/origins?origin=`: refuses its pages again, and ends their sessions. */
    remove: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const { origin } = parseQuery(request.url, ORIGIN_QUERY);
      await origins.remove(origin, { by });
      return new Response(null, { status: 204 });
    }),
  };
}
