/** Rows of the table of rights about single users, and about the audit log. */
import type { Actor } from "./actors.ts";
import type { RequestOf } from "./hook-tries.ts";

/** A user whom nothing is known of. */
const NOBODY = "u:nobody";

/** Tries by the label of their row. */
export function userTries(request: RequestOf): Record<string, (actor: Actor) => Promise<string>> {
  const tried = (method: string, path: string, allowed: string[] = []) => {
    const address = `/api/admin/${path}`.replace(":id", NOBODY).replace(/:(?:session|device)$/, "none");
    return [
      `\`${method} /api/admin/${path}\``,
      (actor: Actor) => request(actor, method, address, { allowed }),
    ] as const;
  };
  return Object.fromEntries([
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
