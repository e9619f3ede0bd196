/** Rows of the table of rights about webhooks: each route of the admin API, and the doors of incoming webhooks. */
import type { Actor } from "./actors.ts";
import type { RunningKabar } from "./server.ts";

/** Sends a request as an actor, and resolves to the table's word for the answer. */
export type RequestOf = (
  actor: Actor,
  method: string,
  path: string,
  more: { body?: string; allowed?: string[] },
) => Promise<string>;
type Try = (actor: Actor) => Promise<string>;

/** The doors of incoming webhooks. */
const DOORS = ["/hooks/in/:secret", "/hooks/in/:secret/:format", "/hooks/:secret"];
const ADMIN_ROUTES = ["GET out", "POST out", "GET out/:id", "DELETE out/:id"].concat(
  ["pause", "resume", "replay", "test"].map((word) => `POST out/:id/${word}`),
  ["GET ask", "PUT ask", "DELETE ask", "GET in", "POST in", "DELETE in/:id", "POST in/:id/rotate"],
);

/** What a door answers to somebody who has the address of a webhook: the address is the credential. */
async function tryDoor(kabar: RunningKabar, door: string, { bearer }: Actor): Promise<string> {
  const post = (path: string, key: string, body: object) =>
    fetch(kabar.url + path, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  const made = await post("/api/admin/hooks/in", kabar.operatorKey, { topic: "m-hooks", name: "Hook" });
  const { url } = (await made.json()) as { url: string };
  const path = door.replace(":secret", url.split("/").at(-1) ?? "").replace(":format", "slack");
  return (await post(path, bearer, { text: "x" })).text();
}

/** Tries by the label of their row. The admin API's are about a webhook that does not exist. */
export function hookTries(request: RequestOf, kabar: () => RunningKabar): Record<string, Try> {
  const allowed = ["not-found", "bad-request"];
  const doors = DOORS.map((door) => [`\`POST ${door}\``, (actor: Actor) => tryDoor(kabar(), door, actor)]);
  const routes = ADMIN_ROUTES.map((route) => {
    const [method = "", path = ""] = route.split(" ");
    const body = '{"from":0,"topic":"m-hooks","name":"Hook"}';
    const more = { allowed, ...(method === "POST" || method === "PUT" ? { body } : {}) };
    return [
      `\`${method} /api/admin/hooks/${path}\``,
      (actor: Actor) => request(actor, method, `/api/admin/hooks/${path.replace(":id", "none")}`, more),
    ];
  });
  return Object.fromEntries([...routes, ...doors]);
}
