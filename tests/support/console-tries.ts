/** Rows of the table of rights about the console: its page, and the routes of the admin API that let a browser in. */
import type { Actor } from "./actors.ts";
import type { RequestOf } from "./hook-tries.ts";

/** Tries by the label of their row. */
export function consoleTries(
  request: RequestOf,
): Record<string, (actor: Actor, place: { topic: string }) => Promise<string>> {
  const sessions = "/api/admin/console/sessions";
  const wrongCode = JSON.stringify({ code: `link_${"0".repeat(12)}_${"x".repeat(32)}` });
  const admin = (
    method: string,
    path: string,
    body?: object,
  ): [string, (actor: Actor, place: { topic: string }) => Promise<string>] => [
    `\`${method} /api/admin/${path.replace(/\?.*/, "")}\``,
    (actor, { topic }) =>
      request(actor, method, `/api/admin/${path.replace(":topic", topic)}`, {
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
  ];
  return {
    ...Object.fromEntries([
      admin("GET", "topics/:topic/messages"),
      admin("POST", "topics/:topic/messages", { text: "x" }),
      admin("GET", "topics/:topic/export"),
      admin("GET", "topics/:topic/explain?offset=1"),
      admin("GET", "topics/:topic/mode"),
      admin("POST", "topics/:topic/moderate", { action: "mode", mode: { slowS: 0 } }),
      ...["log/topics", "inbox", "people", "settings", "health", "health/series", "health/events"].map(
        (path) => admin("GET", path),
      ),
    ]),
    "`GET /api/admin/origins`": (actor) => request(actor, "GET", "/api/admin/origins", {}),
    "`POST /api/admin/origins`": (actor) =>
      request(actor, "POST", "/api/admin/origins", { body: '{"origin":"https://tried.example"}' }),
    "`DELETE /api/admin/origins`": (actor) =>
      request(actor, "DELETE", "/api/admin/origins?origin=https://none.example", { allowed: ["not-found"] }),
    "`GET /api/admin/search`": (actor) => request(actor, "GET", "/api/admin/search?q=x", {}),
    "`GET /api/admin/console`": (actor) => request(actor, "GET", "/api/admin/console", {}),
    "`GET /api/admin/console/owners`": (actor) => request(actor, "GET", "/api/admin/console/owners", {}),
    "`PUT /api/admin/console/owners/:name`": (actor) =>
      request(actor, "PUT", "/api/admin/console/owners/none", {
        body: JSON.stringify({ passphrase: "short" }),
        allowed: ["bad-request"],
      }),
    "`DELETE /api/admin/console/owners/:name`": (actor) =>
      request(actor, "DELETE", "/api/admin/console/owners/none", { allowed: ["not-found"] }),
    ...Object.fromEntries(
      [
        ["GET", "/console/passkeys", []],
        ["DELETE", "/console/passkeys/:id", ["not-found"]],
        // The servers of these tests have an address of numbers, at which browsers have no passkeys.
        ["POST", "/console/passkeys/challenge", ["bad-request"]],
        ["POST", "/console/owners/:name/passkeys", ["bad-request"]],
        ["POST", "/console/owners/:name/passkeys/challenge", ["bad-request"]],
      ].map(([method, path, allowed]) => [
        `\`${method} /api/admin${path}\``,
        (actor: Actor) =>
          request(actor, String(method), `/api/admin${String(path).replace(/:\w+/, "none")}`, {
            allowed: allowed as string[],
          }),
      ]),
    ),
    ...Object.fromEntries(
      ["/api/admin/console/oidc", "/api/admin/console/oidc/callback"].map((path) => [
        `\`GET ${path}\` without a provider`,
        (actor: Actor) => request(actor, "GET", path, { allowed: ["not-found"] }),
      ]),
    ),
    "`GET /console`": (actor) => request(actor, "GET", "/console", {}),
    "`POST /api/admin/console/links`": (actor) => request(actor, "POST", "/api/admin/console/links", {}),
    "`POST /api/admin/console/sessions` without a link": (actor) =>
      request(actor, "POST", sessions, { body: wrongCode, allowed: ["bad-credential"] }),
    "`GET /api/admin/console/sessions`": (actor) => request(actor, "GET", sessions, {}),
    "`DELETE /api/admin/console/sessions/:id`": (actor) =>
      request(actor, "DELETE", `${sessions}/none`, { allowed: ["not-found"] }),
  };
}
