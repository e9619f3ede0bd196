/** Rows of the table of rights about webhooks: each route of the admin API is tried with a webhook that does not exist. */
import type { Actor } from "./actors.ts";

type Request = (
  actor: Actor,
  method: string,
  path: string,
  more: { body?: string; allowed?: string[] },
) => Promise<string>;

/** Tries by the label of their row. */
export function hookTries(request: Request): Record<string, (actor: Actor) => Promise<string>> {
  const allowed = ["not-found", "bad-request"];
  const routes = ["GET out", "POST out", "GET out/:id", "DELETE out/:id"].concat(
    ["pause", "resume", "replay", "test"].map((word) => `POST out/:id/${word}`),
  );
  return Object.fromEntries(
    routes.map((route) => {
      const [method = "", path = ""] = route.split(" ");
      const more = { allowed, ...(method === "POST" ? { body: '{"from":0}' } : {}) };
      const label = `\`${method} /api/admin/hooks/${path}\``;
      return [
        label,
        (actor: Actor) => request(actor, method, `/api/admin/hooks/${path.replace(":id", "none")}`, more),
      ];
    }),
  );
}
