/** Rows of the table of rights about single users, and about the audit log. */
import type { Actor } from "./actors.ts";
import type { RequestOf } from "./hook-tries.ts";

/** A user whom nothing is known of. */
const NOBODY = "u:nobody";

/** Tries by the label of their row. */
export function userTries(
  request: RequestOf,
): Record<string, (actor: Actor, place: { topic: string }) => Promise<string>> {
  const tried = (method: string, path: string, allowed: string[] = []) => {
    const address = `/api/admin/${path}`.replace(":id", NOBODY).replace(/:(?:session|device)$/, "none");
    return [
      `\`${method} /api/admin/${path}\``,
      (actor: Actor) => request(actor, method, address, { allowed }),
    ] as const;
  };
  const desk = { desk: "a-desk-of-tests" };
  return Object.fromEntries([
    [
      "`POST /api/admin/inbox/take`",
      (actor: Actor, { topic }: { topic: string }) =>
        request(actor, "POST", "/api/admin/inbox/take", {
          body: JSON.stringify({ ...desk, case: `first ${topic} 1`, on: false }),
        }),
    ],
    tried("GET", "users/:id"),
    tried("DELETE", "users/:id"),
    tried("POST", "users/:id/revoke"),
    tried("GET", "users/:id/export"),
    tried("DELETE", "users/:id/sessions"),
    tried("DELETE", "users/:id/sessions/:session", ["not-found"]),
    tried("DELETE", "users/:id/devices/:device", ["not-found"]),
    tried("GET", "audit"),
    tried("GET", "audit/export"),
  ]);
}
