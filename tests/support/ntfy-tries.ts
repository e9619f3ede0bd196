/** Rows of the table of rights about ntfy's routes: each row tries all routes that it names, and all must come to the same. */
import type { Actor } from "./actors.ts";
import type { RunningKabar } from "./server.ts";

type Seen = (outcome: string, topic: string, text: string) => Promise<string>;
type Try = (actor: Actor, place: { topic: string }) => Promise<string>;

const PUBLISH = ["PUT /ntfy/:topic", "POST /ntfy/:topic"];
const PUBLISH_JSON = ["/ntfy", "/ntfy/", "/"].flatMap((path) => [`PUT ${path}`, `POST ${path}`]);
const BY_GET = ["publish", "send", "trigger"].map((verb) => `GET /ntfy/:topic/${verb}`);
const READ = ["json", "sse", "raw", "ws", "auth"].map((form) => `GET /ntfy/:topics/${form}`);
const OPEN = ["GET /ntfy/:topic", "GET /ntfy/v1/health"];

const labelOf = (routes: string[]): string => routes.map((route) => `\`${route}\``).join(", ");

/** The table's word for an answer of ntfy's door. */
async function outcomeOf(response: Response): Promise<string> {
  if (response.ok || response.status === 302) return "ok";
  const { code, error } = (await response.json()) as { code: number; error: string };
  if (/banned/.test(error)) return "ban";
  if (/muted/.test(error)) return "mute";
  return { 40301: "–", 40101: "exp" }[code] ?? `${code}`;
}

/** Opens a socket and returns what came of it. */
const openSocket = (url: string, bearer: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${bearer}` } } as never);
    socket.onmessage = () => {
      resolve("ok");
      socket.close();
    };
    // A refused handshake: its status is not to be had, the streams beside it have the reason.
    socket.onerror = () => resolve("refused");
  });

/** Tries by the label of their row. */
export function ntfyTries(kabar: () => RunningKabar, seen: Seen): Record<string, Try> {
  async function send(route: string, { bearer }: Actor, topic: string, text: string): Promise<string> {
    const [method = "", path = ""] = route.split(" ");
    const url = `${kabar().url}${path.replace(/:topics?/, topic)}`;
    if (path.endsWith("/ws")) return openSocket(`${url.replace("http", "ws")}`, bearer);
    const isJson = PUBLISH_JSON.includes(route);
    const body = isJson ? JSON.stringify({ topic, message: text }) : text;
    const query = BY_GET.includes(route) ? `?message=${text}` : "?poll=1";
    return outcomeOf(
      await fetch(url + query, {
        method,
        redirect: "manual",
        headers: { Authorization: `Bearer ${bearer}` },
        ...(method === "GET" ? {} : { body }),
      }),
    );
  }

  const rows: [string[], (route: string, actor: Actor, topic: string) => Promise<string>][] = [
    ...[[...PUBLISH, ...PUBLISH_JSON], BY_GET].map((routes): (typeof rows)[number] => [
      routes,
      async (route, actor, topic) => {
        const text = crypto.randomUUID();
        return seen(await send(route, actor, topic, text), topic, text);
      },
    ]),
    [READ, (route, actor, topic) => send(route, actor, topic, "")],
    [OPEN, (route, actor, topic) => send(route, actor, topic, "")],
  ];
  return Object.fromEntries(
    rows.map(([routes, run]) => [
      labelOf(routes),
      async (actor: Actor, { topic }: { topic: string }) => {
        const outcomes = new Set<string>();
        for (const route of routes) outcomes.add(await run(route, actor, topic));
        if (outcomes.size > 1 && !outcomes.has("ok")) outcomes.delete("refused");
        return [...outcomes].join(" or ");
      },
    ]),
  );
}
