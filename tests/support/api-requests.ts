/** Requests that bring every route of the server to every answer that its documents name, errors aside. */
import { expect } from "bun:test";
import { createAuthenticator } from "./authenticator.ts";
import type { startReceiver } from "./hook-receiver.ts";
import { Client, Line } from "./client.ts";
import { signToken } from "./people.ts";
import { EXAMPLE_KEYS } from "./push-stand-in.ts";
import { OPERATOR_KEY, type RunningKabar } from "./server.ts";

export interface Asking {
  bearer?: string | undefined;
  headers?: Record<string, string>;
  body?: BodyInit | undefined;
}
export interface Answered {
  status: number;
  headers: Headers;
  body: Record<string, string>;
}

/** The data of the first event of a stream. */
export async function firstData(response: Response): Promise<unknown> {
  let text = "";
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  while (reader) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    const data = /^data: (.*)\n/m.exec(text)?.[1];
    if (data === undefined) continue;
    reader.releaseLock();
    return data.startsWith("{") ? JSON.parse(data) : data;
  }
  return undefined;
}

export interface Routes {
  /** Sends a request and checks its answer. */
  ask(method: string, path: string, asking?: Asking): Promise<Answered>;
  kabar: RunningKabar;
  receiver: ReturnType<typeof startReceiver>;
  /** The operations with their statuses that were seen. */
  seen: Set<string>;
}

const messages = "/api/topics/lobby/messages";
const json = (value: object) => JSON.stringify(value);

async function askPages({ ask, kabar, seen }: Routes): Promise<void> {
  for (const path of [
    "/",
    "/plain",
    "/t/lobby",
    "/embed/lobby",
    "/embed/lobby/app.webmanifest",
    "/app-icon.png",
    "/console",
    "/privacy",
    "/.well-known/kabar.json",
  ])
    await ask("GET", path);
  for (const path of ["/favicon.ico", "/healthz", "/readyz", "/metrics"]) await ask("GET", path);
  const { body: widget } = await ask("GET", "/widget.json");
  const chunk = (widget.files as unknown as { path: string }[]).find(({ path }) =>
    path.startsWith("/widget/"),
  );
  for (const path of ["/widget.js", "/push-worker.js", chunk?.path ?? "", "/docs/PROTOCOL.md", "/llms.txt"]) {
    const { headers } = await ask("GET", path);
    await ask("GET", path, { headers: { "If-None-Match": headers.get("etag") ?? "" } });
  }
  for (const [path, id] of [
    ["/websocket", "openWebSocket"],
    ["/ntfy/lobby/ws", "openNtfyWebSocket"],
  ] as const) {
    (await Line.open(kabar.url, path)).close();
    seen.add(`${id} 101`);
  }
}

async function askTopics({ ask, kabar }: Routes): Promise<void> {
  const typed = { headers: { "Content-Type": "application/json" } };
  const member = await signToken("member");
  await ask("POST", messages, { body: "plain", headers: { "Idempotency-Key": "once" } });
  await ask("POST", messages, { body: "plain", headers: { "Idempotency-Key": "once" } });
  const rich = {
    text: "x",
    title: "T",
    link: "https://a.example/",
    icon: "👍",
    priority: 5,
    tags: ["a"],
    data: [1],
  };
  await ask("POST", messages, {
    ...typed,
    body: json({ ...rich, replyTo: 1, expiresAt: Date.now() + 60_000 }),
  });
  const growing = { id: "grows", text: "It ", growing: true };
  await ask("POST", messages, { ...typed, body: json(growing) });
  for (const [sequence, done] of [
    [1, false],
    [3, false],
    [2, true],
  ])
    await ask("POST", `${messages}/grows/append`, {
      ...typed,
      body: json({ sequence, text: "grows.", done }),
    });
  await ask("GET", `${messages}?limit=5&after=0`);
  await ask("GET", "/api/topics/lobby/events?after=0");
  await ask("GET", "/api/topics/lobby/explain?offset=1");
  await ask("GET", "/api/search?q=plain");
  await ask("GET", "/api/me/unread", { bearer: member });
  await ask("POST", "/api/topics/room-1/moderate", { body: json({ action: "mode", mode: { hold: "all" } }) });
  await ask("POST", "/api/topics/room-1/messages", { bearer: member, body: "waits" });
  await ask("POST", "/api/topics/room-1/moderate/ban", { body: json({ user: "u:member", why: "a test" }) });
  await ask("POST", "/api/topics/room-1/moderate/unban", { body: json({ user: "u:member" }) });
  await ask("GET", "/api/topics/room-1/queue");

  const opened = await fetch(`${kabar.url}/api/session`);
  const secret = await firstData(opened);
  await ask("POST", "/api/session", { bearer: "", body: `${secret}\n{"type":"hello","id":1}` });
  await opened.body?.cancel();
  await ask("GET", "/api/session");

  const { body: key } = await ask("POST", "/api/admin/keys", { body: json({ name: "K", scope: "read" }) });
  await ask("GET", "/api/admin/keys");
  await ask("DELETE", `/api/admin/keys/${key.id}`);
  await ask("PUT", "/api/admin/topics/room-2", {
    body: json({ title: "Two", retain_days: 3, why: "a test" }),
  });
  await ask("GET", "/api/admin/topics");
  await ask("DELETE", "/api/admin/topics/room-2");
  await ask("GET", "/api/admin/nodes");
  const { body: probe } = await ask("POST", "/api/admin/probes");
  await ask("GET", `/api/probes/${probe.id}`);
  await ask("GET", `/api/admin/probes/${probe.id}`);
}

async function askHooks({ ask, receiver }: Routes): Promise<void> {
  const { body: hook } = await ask("POST", "/api/admin/hooks/out", { body: json({ url: receiver.url }) });
  const out = `/api/admin/hooks/out/${hook.id}`;
  await ask("GET", "/api/admin/hooks/out");
  await ask("POST", messages, { body: "for the feed" });
  await receiver.has(1);
  await ask("POST", `${out}/test`);
  await ask("POST", `${out}/pause`, { body: json({ why: "a test" }) });
  await ask("POST", `${out}/resume`);
  await ask("POST", `${out}/replay`, { body: json({ from: 0 }) });
  await ask("GET", out);
  await ask("DELETE", out);
  await ask("GET", "/api/feed?after=0");

  const { body: incoming } = await ask("POST", "/api/admin/hooks/in", {
    body: json({ topic: "lobby", name: "CI", signed: true }),
  });
  await ask("POST", `/api/admin/hooks/in/${incoming.id}/rotate`);
  await ask("DELETE", `/api/admin/hooks/in/${incoming.id}`);
  const { body: open } = await ask("POST", "/api/admin/hooks/in", {
    body: json({ topic: "lobby", name: "CI" }),
  });
  await ask("GET", "/api/admin/hooks/in");
  const taken = new URL(open.url ?? "").pathname;
  for (const way of [taken, `${taken}/slack`])
    await ask("POST", way, { bearer: "", body: json({ text: "hello" }) });
  for (const way of [taken, `${taken}/discord`]) {
    await ask("POST", way, { bearer: "", body: json({ content: "hello" }) });
    await ask("POST", `${way}?wait=true`, { bearer: "", body: json({ content: "hello" }) });
  }
  await ask("POST", taken.replace("/in/", "/"), { bearer: "", body: json({ text: "hello" }) });
  const firing = {
    bearer: "",
    body: json({ alerts: [{ status: "firing", labels: { alertname: "Disk" } }] }),
  };
  for (const way of [taken, `${taken}/grafana`]) await ask("POST", way, firing);
}

async function askOrigins({ ask }: Routes): Promise<void> {
  const path = "/api/admin/origins";
  const body = json({ origin: "https://*.example.com" });
  for (let i = 0; i < 2; i++) await ask("POST", path, { body });
  await ask("GET", path);
  await ask("DELETE", `${path}?origin=https://*.example.com`);
}

async function askAskedHook({ ask, receiver }: Routes): Promise<void> {
  const path = "/api/admin/hooks/ask";
  await ask("PUT", path, { body: json({ url: receiver.url, topics: ["room-9"] }) });
  await ask("GET", path);
  await ask("DELETE", path);
}

async function askNtfyAndConsole({ ask }: Routes): Promise<void> {
  for (const method of ["POST", "PUT"]) {
    for (const path of ["/", "/ntfy", "/ntfy/"])
      await ask(method, path, { body: json({ topic: "lobby", message: "n" }) });
    await ask(method, "/ntfy/lobby", { body: "n", headers: { Title: "T", Priority: "5", Tags: "a,b" } });
  }
  for (const word of ["publish", "send", "trigger"]) await ask("GET", `/ntfy/lobby/${word}?message=n`);
  for (const path of ["/ntfy/v1/health", "/ntfy/lobby", "/ntfy/lobby/auth"]) await ask("GET", path);
  for (const form of ["json", "raw", "sse"]) await ask("GET", `/ntfy/lobby/${form}?poll=1&since=all&after=0`);

  await ask("POST", "/api/admin/topics/lobby/messages", { body: json({ text: "op", id: "op-1" }) });
  await ask("POST", "/api/admin/topics/lobby/messages", { body: json({ text: "op", id: "op-1" }) });
  await ask("GET", "/api/admin/topics/lobby/messages?limit=100");
  await ask("GET", "/api/admin/search?q=op&limit=5");
  await ask("GET", "/api/admin/inbox?desk=another-desk&case=held%20lobby%20x");
  await ask("GET", "/api/admin/topics/lobby/export");
  await ask("GET", "/api/admin/topics/lobby/export?format=csv");
  await ask("GET", "/api/admin/topics/lobby/explain?offset=1");
  await ask("GET", "/api/admin/topics/lobby/mode");
  await ask("POST", "/api/admin/topics/room-1/moderate", {
    body: json({ action: "mode", mode: { hold: "all" } }),
  });
  for (const path of ["log/topics", "inbox", "people", "settings", "health", "health/series"])
    await ask("GET", `/api/admin/${path}`);
  await ask("GET", "/api/admin/health/events?after=0");
  await ask("POST", "/api/admin/console/links");
  const { body: own } = await ask("POST", "/api/admin/console/sessions", {
    bearer: "",
    body: json({ key: OPERATOR_KEY }),
  });
  expect(own.until).toBeNumber();
  const { body: list } = await ask("GET", "/api/admin/console/sessions");
  const [session] = list.sessions as unknown as { id: string }[];
  await ask("DELETE", `/api/admin/console/sessions/${session?.id}`);
  await ask("GET", "/api/admin/console");
  for (const path of ["", "/callback"]) await ask("GET", `/api/admin/console/oidc${path}`);
  const owner = "/api/admin/console/owners/ana";
  for (let i = 0; i < 2; i++) await ask("PUT", owner, { body: json({ passphrase: "otter lantern violin" }) });
  await ask("GET", "/api/admin/console/owners");
  await askPasskeys(ask, owner);
  await ask("DELETE", owner);

  await ask("GET", "/api/admin/users/u:member/export");
  await ask("DELETE", "/api/admin/users/u:member", { body: json({ why: "a test" }) });
  await ask("POST", "/api/admin/users/u:other/revoke");
  await ask("GET", "/api/admin/audit?limit=100");
  await ask("GET", "/api/admin/audit/export");
  await ask("POST", "/api/admin/inbox/take", { body: json({ desk: "another-desk", case: "held lobby x" }) });
  await ask("GET", "/api/admin/backup");
}

/** Asks about a user who is here with a device, removes the device, and ends the sessions. */
async function askUser({ ask, kabar }: Routes): Promise<void> {
  const user = "/api/admin/users/u:present";
  const token = await signToken("present");
  const sessions = [await Client.open(kabar.url, { token }), await Client.open(kabar.url, { token })];
  const device = { endpoint: "https://push.example/present", ...EXAMPLE_KEYS };
  await sessions[0]?.ask("push", { topic: "lobby", mode: "all", ...device });
  const { body } = await ask("GET", user);
  const { sessions: open, devices } = body as unknown as Record<"sessions" | "devices", { id: string }[]>;
  await ask("DELETE", `${user}/devices/${devices[0]?.id}`, { body: json({ why: "a test" }) });
  await ask("DELETE", `${user}/sessions/${open[0]?.id}`, { body: json({ why: "a test" }) });
  await ask("DELETE", `${user}/sessions`, { body: json({ why: "a test" }) });
  for (const session of sessions) session.close();
}

/** Makes a passkey of an owner with an authenticator in software, signs in by it, and removes it. */
async function askPasskeys(ask: Routes["ask"], owner: string): Promise<void> {
  const origin = "https://chat.example";
  const passkeys = "/api/admin/console/passkeys";
  const device = createAuthenticator(origin);
  const headers: Record<string, string> = { Origin: origin, "Sec-Fetch-Site": "same-origin" };
  const begin = async (path: string, bearer?: string) => {
    const answer = await ask("POST", `${path}/challenge`, { headers, bearer });
    headers.Cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return answer.body.publicKey as unknown as { challenge: string };
  };
  const credential = device.make(await begin(`${owner}/passkeys`));
  const { body: made } = await ask("POST", `${owner}/passkeys`, {
    headers,
    body: json({ name: "Key", credential }),
  });
  const passkey = device.use(await begin(passkeys, ""));
  const { status } = await ask("POST", "/api/admin/console/sessions", {
    headers,
    bearer: "",
    body: json({ passkey }),
  });
  expect(status).toBe(201);
  await ask("GET", passkeys);
  await ask("DELETE", `${passkeys}/${made.id}`);
}

/** Asks every route. */
export async function askEveryRoute(routes: Routes): Promise<void> {
  await askPages(routes);
  await askTopics(routes);
  await askHooks(routes);
  await askOrigins(routes);
  await askAskedHook(routes);
  await askUser(routes);
  await askNtfyAndConsole(routes);
}
