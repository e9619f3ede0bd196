/**
 * Runs the two tables of rights in docs/SECURITY.md: everybody tries each command and route, which all need a row that is tried.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Client, Line } from "../support/client.ts";
import {
  type Actor,
  actsOn,
  COLUMNS,
  type Column,
  openActors,
  openEnded,
  SANCTIONS,
} from "../support/actors.ts";
import { SLOW_MS } from "../support/parts.ts";
import { consoleTries } from "../support/console-tries.ts";
import { userTries } from "../support/user-tries.ts";
import { growingTries } from "../support/growing-tries.ts";
import { hookTries } from "../support/hook-tries.ts";
import { ntfyTries } from "../support/ntfy-tries.ts";
import { searchCommandTries, searchTries } from "../support/search-tries.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";
import { pushFileTries, pushTries } from "../support/push-stand-in.ts";
import { routeNames } from "../support/route-names.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS * 2);

const root = join(import.meta.dir, "..", "..");
const page = await Bun.file(join(root, "docs/SECURITY.md")).text();

/** The rows of a table after its mark: the first cell, and the outcome of each column. */
function tableAfter(mark: string): Map<string, Map<Column, string>> {
  const start = page.indexOf(`<!-- ${mark}`);
  const lines = page.slice(start).split("\n");
  const from = lines.findIndex((line) => line.startsWith("|"));
  const length = lines.slice(from).findIndex((line) => !line.startsWith("|"));
  const [head, , ...rows] = lines.slice(from, from + length).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(head?.slice(1)).toEqual([...COLUMNS]);
  return new Map(
    rows.map(([label = "", ...cells]) => [
      label,
      new Map(COLUMNS.map((column, i) => [column, cells[i] ?? ""] as const)),
    ]),
  );
}
const COMMANDS = tableAfter("rights: commands");
const ROUTES = tableAfter("rights: routes");

/** The table's words for error codes. */
const WORDS: Record<string, string> = {
  forbidden: "–",
  banned: "ban",
  muted: "mute",
  "token-expired": "exp",
};

let kabar: RunningKabar;
let actors: Actor[];
let mod: Client;
let author: Client;
let stranger: Client;
let veiled: Client & { hello: Record<string, unknown> };
let topics = 0;

beforeAll(async () => {
  kabar = await startKabar({
    env: {
      KABAR_TOKEN_SECRET: TOKEN_SECRET,
      KABAR_TOKEN_SKEW_S: "0",
      KABAR_TOPICS: "m-* other-*",
      KABAR_METRICS_PUBLIC: "false",
    },
  });
  await admin("PUT", "topics/p-private", { guests: "none", users: "none" });
  // Somebody receives clicks.
  await admin("POST", "keys", { name: "clicks", scope: "feed", topics: ["m-*"] });
  actors = await openActors(kabar);
  mod = await Client.open(kabar.url, { token: await signToken("boss", { role: "moderator" }) });
  author = await Client.open(kabar.url, { name: "Author" });
  stranger = await Client.open(kabar.url, { name: "Stranger" });
  veiled = await Client.open(kabar.url, { name: "Veiled" });
});
afterAll(() => kabar.stop());

const admin = (method: string, path: string, body?: object) =>
  fetch(`${kabar.url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

/** A topic in which everybody wrote a message and the sanctions are laid; offsets of the messages by column. */
async function openTopic(): Promise<{ topic: string; own: Map<Column, number> }> {
  const topic = `m-${++topics}`;
  const own = new Map<Column, number>();
  for (const { column, session } of actors) {
    const reply = (await session.publish(topic, "mine")) as unknown as { offset?: number };
    if (reply.offset !== undefined) own.set(column, reply.offset);
  }
  for (const [column, act] of SANCTIONS) {
    const user = actors.find((actor) => actor.column === column)?.id;
    expect(await mod.ask("moderate", { topic, user, ...act })).toMatchObject({ type: "ok" });
  }
  return { topic, own };
}

type Reply = Record<string, unknown>;
const outcomeOf = (reply: Reply): string => {
  const code = (reply.code ?? (reply.error as Reply | undefined)?.code) as string | undefined;
  return code === undefined ? "ok" : (WORDS[code] ?? code);
};
const ask = async (actor: Actor, type: string, fields: object) =>
  (await actor.session.ask(type, fields)) as unknown as Reply;
const offsetOf = async (client: Client, topic: string, text = "another's") =>
  ((await client.publish(topic, text)) as unknown as { offset: number }).offset;
/** The offset of a message with a button. */
const buttonIn = async (topic: string): Promise<number> =>
  ((await mod.ask("publish", { topic, ...changeId(), ...BUTTON })) as unknown as { offset: number }).offset;
const BUTTON = { text: "Ship it?", actions: [{ type: "http", label: "Approve" }] };
const historyOf = async (client: Client, topic: string) =>
  JSON.stringify(await client.ask("history", { topic, limit: 200 }));
const changeId = () => ({ messageId: crypto.randomUUID() });

/** `hid` for what was answered ok and a stranger is not served. */
async function seen(outcome: string, topic: string, text: string): Promise<string> {
  if (outcome !== "ok") return outcome;
  return (await historyOf(stranger, topic)).includes(text) ? "ok" : "hid";
}

/** Codes of an act that may be done, where there is nothing to do. */
const allowIf = (codes: string[], outcome: string) => (codes.includes(outcome) ? "ok" : outcome);

type Place = { topic: string; own: Map<Column, number> };
type Try = (actor: Actor, place: Place) => Promise<string>;

const growing = growingTries({ url: () => kabar.url, author: () => mod, outcomeOf });
const COMMAND_TRIES: Record<string, Try> = {
  "`hello`": async ({ claims, column, bearer }) => {
    const client = await Client.open(kabar.url, column === "ended" ? { token: bearer } : claims);
    client.close();
    return outcomeOf(client.hello);
  },
  "`identify` with a fresh token": async ({ claims, column }) => {
    // A session of its own: it is a signed user's afterwards.
    const client = column === "ended" ? await openEnded(kabar) : await Client.open(kabar.url, claims);
    const sub = claims.token ? JSON.parse(atob(claims.token.split(".")[1] ?? "")).sub : "fresh";
    const reply = (await client.ask("identify", { token: await signToken(sub) })) as unknown as Reply;
    client.close();
    return outcomeOf(reply);
  },
  "`subscribe`, `unsubscribe`": async (actor, { topic }) => {
    const outcome = outcomeOf(await ask(actor, "subscribe", { topic }));
    if (outcome === "ok") expect(outcomeOf(await ask(actor, "unsubscribe", { topic }))).toBe("ok");
    return outcome;
  },
  "`subscribe` to a private topic": async (actor) => {
    const outcome = outcomeOf(await ask(actor, "subscribe", { topic: "p-private" }));
    if (outcome === "ok") await ask(actor, "unsubscribe", { topic: "p-private" });
    return outcome;
  },
  "`history`": async (actor, { topic }) => outcomeOf(await ask(actor, "history", { topic })),
  "`history` of a private topic": async (actor) =>
    outcomeOf(await ask(actor, "history", { topic: "p-private" })),
  "`history`: hidden entries of others": async ({ session }, { topic }) =>
    (await historyOf(session, topic)).includes("said while hidden") ? "ok" : "–",
  ...searchCommandTries(() => kabar.url, outcomeOf),
  "`publish`": async (actor, { topic }) => {
    const text = `by ${actor.column}`;
    return seen(outcomeOf(await ask(actor, "publish", { topic, ...changeId(), text })), topic, text);
  },
  "`publish` in a private topic": async (actor) =>
    outcomeOf(await ask(actor, "publish", { topic: "p-private", ...changeId(), text: "x" })),
  "`edit` one's own": async (actor, { topic, own }) => {
    const text = `edited by ${actor.column}`;
    const target = own.get(actor.column) ?? 1;
    return seen(outcomeOf(await ask(actor, "edit", { topic, ...changeId(), target, text })), topic, text);
  },
  "`edit` another's": async (actor, { topic }) =>
    outcomeOf(
      await ask(actor, "edit", { topic, ...changeId(), target: await offsetOf(author, topic), text: "x" }),
    ),
  "`remove` one's own": async (actor, { topic, own }) =>
    outcomeOf(await ask(actor, "remove", { topic, ...changeId(), target: own.get(actor.column) ?? 1 })),
  "`remove` another's": async (actor, { topic }) =>
    outcomeOf(await ask(actor, "remove", { topic, ...changeId(), target: await offsetOf(author, topic) })),
  "`react`": async (actor, { topic }) => {
    const target = await offsetOf(author, topic);
    const reply = await ask(actor, "react", { topic, ...changeId(), target, emoji: "👍", on: true });
    return seen(outcomeOf(reply), topic, `"reactions":{"👍":["${actor.id}"]}`);
  },
  ...growing.commands,
  "`typing`": async (actor, { topic }) => {
    const subscribed = outcomeOf(await ask(actor, "subscribe", { topic }));
    return subscribed === "ok" ? outcomeOf(await ask(actor, "typing", { topic })) : subscribed;
  },
  "`click`": async (actor, { topic }) =>
    outcomeOf(await ask(actor, "click", { topic, ...changeId(), target: await buttonIn(topic), action: 0 })),
  "`read`": async (actor, { topic }) => outcomeOf(await ask(actor, "read", { topic, offset: 1 })),
  ...pushTries(async (actor, type, fields) => outcomeOf(await ask(actor, type, fields))),
  "`report`": async (actor, { topic }) =>
    outcomeOf(await ask(actor, "report", { topic, target: await offsetOf(author, topic) })),
  "`moderate`, every act": async (actor, { topic }) => {
    const outcomes = new Set<string>();
    for (const act of actsOn(await offsetOf(author, topic)))
      outcomes.add(allowIf(["message-unknown"], outcomeOf(await ask(actor, "moderate", { topic, ...act }))));
    return [...outcomes].join(" or ");
  },
  "`queue`": async (actor, { topic }) => outcomeOf(await ask(actor, "queue", { topic })),
  "`rename`": async (actor) => outcomeOf(await ask(actor, "rename", { name: `Renamed ${actor.column}` })),
  "`gate`": async (actor) => outcomeOf(await ask(actor, "gate", {})),
  "`pass` where no gate is": async (actor) => outcomeOf(await ask(actor, "pass", {})),
  "`ping`": async (actor) => outcomeOf(await ask(actor, "ping", {})),
};

/** A request of somebody: the table's word for the answer. */
async function request(
  { bearer }: Actor,
  method: string,
  path: string,
  { body, allowed = [] }: { body?: string | undefined; allowed?: string[] } = {},
): Promise<string> {
  const gone = new AbortController();
  const response = await fetch(`${kabar.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${bearer}` },
    signal: gone.signal,
    ...(body === undefined ? {} : { body }),
  });
  if (response.ok) {
    gone.abort();
    return "ok";
  }
  return allowIf(allowed, outcomeOf((await response.json()) as Reply));
}
const same =
  (path: string, allowed: string[] = []): Try =>
  (actor) =>
    request(actor, "GET", path, { allowed });
const act = JSON.stringify({ action: "mode", mode: { slowS: 0 } });

const ROUTE_TRIES: Record<string, Try> = {
  "`GET /`": same("/"),
  "`GET /plain`": same("/plain"),
  "`GET /t/:topic`": (actor, { topic }) => request(actor, "GET", `/t/${topic}`),
  "`GET /t/:topic` of a private topic": async ({ bearer }) => {
    const headers = { Authorization: `Bearer ${bearer}` };
    return (await fetch(`${kabar.url}/t/p-private`, { headers })).status === 403 ? "–" : "ok";
  },
  "`GET /embed/:topic`": (actor, { topic }) => request(actor, "GET", `/embed/${topic}`),
  "`GET /docs/:file`": same("/docs/none", ["not-found"]),
  "`GET /llms.txt`": same("/llms.txt"),
  "`GET /privacy`": same("/privacy"),
  "`GET /.well-known/kabar.json`": same("/.well-known/kabar.json"),
  "`GET /websocket` in plain mode": async (_, { topic }) => {
    const line = await Line.open(kabar.url, `/websocket?topic=${topic}`);
    line.close();
    return "ok";
  },
  "`GET /api/session`": same("/api/session"),
  "`POST /api/session` without a session": (actor) =>
    request(actor, "POST", "/api/session", { body: "none\n{}", allowed: ["not-found"] }),
  "`GET /widget.js`": same("/widget.js"),
  "`GET /widget/:chunk`": same("/widget/none.js", ["not-found"]),
  "`GET /widget.json`": same("/widget.json"),
  "`GET /api/topics/:topic/messages`": (actor, { topic }) =>
    request(actor, "GET", `/api/topics/${topic}/messages`),
  "`GET /api/topics/:topic/messages` of a private topic": same("/api/topics/p-private/messages"),
  "`GET /api/topics/:topic/messages`: hidden entries of others": async ({ bearer }, { topic }) => {
    const headers = { Authorization: `Bearer ${bearer}` };
    const answer = await fetch(`${kabar.url}/api/topics/${topic}/messages?limit=200`, { headers });
    const text = await answer.text();
    if (!answer.ok) return outcomeOf(JSON.parse(text));
    return text.includes("said while hidden") ? "ok" : "–";
  },
  "`POST /api/topics/:topic/messages`": async (actor, { topic }) => {
    const text = `posted by ${actor.column}`;
    return seen(await request(actor, "POST", `/api/topics/${topic}/messages`, { body: text }), topic, text);
  },
  "`POST /api/topics/:topic/messages` in a private topic": (actor) =>
    request(actor, "POST", "/api/topics/p-private/messages", { body: "x" }),
  "`GET /api/topics/:topic/events`": (actor, { topic }) =>
    request(actor, "GET", `/api/topics/${topic}/events`),
  "`GET /api/topics/:topic/events`: hidden entries of others": async ({ bearer }, { topic }) => {
    const gone = new AbortController();
    const headers = { Authorization: `Bearer ${bearer}` };
    const url = `${kabar.url}/api/topics/${topic}/events?after=0`;
    const answer = await fetch(url, { headers, signal: gone.signal });
    if (!answer.ok) return outcomeOf((await answer.json()) as Reply);
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      if (text.includes("said after it")) break;
    }
    gone.abort();
    return text.includes("said while hidden") ? "ok" : "–";
  },
  "`GET /api/topics/:topic/events` of a private topic": same("/api/topics/p-private/events"),
  "`POST /api/topics/:topic/moderate`": (actor, { topic }) =>
    request(actor, "POST", `/api/topics/${topic}/moderate`, { body: act }),
  "`POST /api/topics/:topic/moderate/:action`": (actor, { topic }) =>
    request(actor, "POST", `/api/topics/${topic}/moderate/mode`, { body: act }),
  "`GET /api/me/unread`": (actor) => request(actor, "GET", "/api/me/unread"),
  "`GET /api/topics/:topic/queue`": (actor, { topic }) => request(actor, "GET", `/api/topics/${topic}/queue`),
  "`GET /api/topics/:topic/explain`": (actor, { topic }) =>
    request(actor, "GET", `/api/topics/${topic}/explain?offset=1`),
  "`GET /api/admin/keys`": same("/api/admin/keys"),
  "`POST /api/admin/keys`": (actor) =>
    request(actor, "POST", "/api/admin/keys", { body: JSON.stringify({ name: "x", scope: "read" }) }),
  "`DELETE /api/admin/keys/:id`": (actor) =>
    request(actor, "DELETE", "/api/admin/keys/none", { allowed: ["not-found"] }),
  "`GET /api/admin/topics`": same("/api/admin/topics"),
  "`PUT /api/admin/topics/:pattern`": (actor) =>
    request(actor, "PUT", "/api/admin/topics/other-x", { body: "{}" }),
  "`DELETE /api/admin/topics/:pattern`": (actor) => request(actor, "DELETE", "/api/admin/topics/other-x"),
  "`GET /api/admin/nodes`": same("/api/admin/nodes"),
  "`POST /api/admin/probes`": (actor) => request(actor, "POST", "/api/admin/probes"),
  "`GET /api/admin/probes/:id`": same("/api/admin/probes/none", ["not-found"]),
  "`GET /api/probes/:id`": same("/api/probes/none", ["not-found"]),
  "`GET /api/admin/backup`": async ({ bearer }) => {
    const headers: HeadersInit = bearer ? { Authorization: `Bearer ${bearer}` } : {};
    const answer = await fetch(`${kabar.url}/api/admin/backup`, { headers });
    if (!answer.ok) return outcomeOf((await answer.json()) as Reply);
    return (await answer.text()).startsWith("SQLite format 3") ? "ok" : "no backup";
  },
  "`GET /api/feed`": same("/api/feed"),
  ...growing.routes,
  ...pushFileTries(same),
  ...hookTries(request, () => kabar),
  ...consoleTries(request),
  ...userTries(request),
  ...ntfyTries(() => kabar, seen),
  ...searchTries(() => kabar.url, outcomeOf),
  "`GET /api/openapi.json`": same("/api/openapi.json"),
  "`GET /api/asyncapi.json`": same("/api/asyncapi.json"),
  "`GET /favicon.ico`": same("/favicon.ico"),
  "`GET /healthz`": same("/healthz"),
  "`GET /readyz`": same("/readyz"),
  "`GET /metrics` with `metrics_public = false`": same("/metrics"),
};

/** Tries a row as everybody. */
async function tryRow(run: Try): Promise<Map<Column, string>> {
  const place = await openTopic();
  const { topic } = place;
  await mod.ask("moderate", {
    topic,
    action: "shadow",
    user: (veiled.hello.user as { id: string }).id,
    on: true,
  });
  await veiled.publish(topic, "said while hidden");
  await author.publish(topic, "said after it");
  const outcomes = new Map<Column, string>();
  for (const actor of actors) outcomes.set(actor.column, await run(actor, place));
  return outcomes;
}

describe.each([
  ["command", COMMANDS, COMMAND_TRIES],
  ["route", ROUTES, ROUTE_TRIES],
] as const)("every %s has the outcome of the table", (_, table, tries) => {
  test.each(Object.keys(tries))("%s", async (label) => {
    const outcomes = await tryRow(tries[label] as Try);
    expect(outcomes).toEqual(table.get(label) as never);
  });

  test("and each row is tried", () => {
    expect([...table.keys()].sort()).toEqual(Object.keys(tries).sort());
  });
});

/** What the first cells of a table name. */
const namesIn = (table: Map<string, unknown>, pattern: RegExp) =>
  new Set([...table.keys()].flatMap((label) => [...label.matchAll(pattern)].map((match) => match[1] ?? "")));

test("every command of the protocol has a row", async () => {
  const { message } = (await stranger.ask("no-such-command")) as unknown as { message: string };
  const [, list = ""] = /one of (.*)\.$/.exec(message) ?? [];
  const commands = list.split(", ");
  expect(commands.length).toBeGreaterThan(10);
  const named = namesIn(COMMANDS, /`([a-z]+)`/g);
  expect(commands.filter((command) => !named.has(command))).toEqual([]);
});

test("every route of the server has a row", () => {
  const routes = routeNames();
  expect(routes.length).toBeGreaterThan(25);
  const named = namesIn(ROUTES, /`([A-Z]+ \/[^`]*)`/g);
  expect(routes.filter((route) => !named.has(route))).toEqual([]);
});
