/** Doors in at a server: incoming webhooks, with each sender's format and words, and ntfy's publishers and subscribers; hostile requests. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHmac } from "node:crypto";
import { followLines } from "../support/follow-lines.ts";
import { SLOW_MS } from "../support/parts.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

type Json = Record<string, unknown>;
let kabar: RunningKabar;
let url: string;
let id: string;

async function admin(method: string, path: string, body?: object): Promise<Json & { http: number }> {
  const response = await fetch(`${kabar.url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { ...(text === "" ? {} : (JSON.parse(text) as Json)), http: response.status };
}

beforeAll(async () => {
  kabar = await startKabar({
    env: {
      KABAR_TOPICS: "ops ops-* lobby n-*",
      KABAR_NTFY_KEEPALIVE_S: "1",
      KABAR_PUBLIC_URL: "https://example.com/chat",
      KABAR_HOOK_IN_BURST: "40",
      KABAR_HOOK_IN_RATE: "1000",
    },
  });
  await admin("PUT", "topics/ops", { guests: "read" });
  const made = await admin("POST", "hooks/in", { topic: "ops", name: "Alerts" });
  expect(made).toEqual({
    http: 201,
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    url: expect.stringMatching(/^https:\/\/example\.com\/chat\/hooks\/in\/hi_[0-9a-f]{12}_[\w-]{32}$/),
  });
  url = String(made.url).replace("https://example.com/chat", kabar.url);
  id = String(made.id);
});
afterAll(() => kabar.stop());

const post = async (address: string, body: BodyInit, headers: Record<string, string> = {}) => {
  const response = await fetch(address, { method: "POST", body, headers });
  return { status: response.status, text: await response.text() };
};
const postJson = (address: string, body: unknown, headers: Record<string, string> = {}) =>
  post(address, JSON.stringify(body), { "Content-Type": "application/json", ...headers });
async function newest(topic = "ops"): Promise<Json> {
  const response = await fetch(`${kabar.url}/api/topics/${topic}/messages?limit=1`, {
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
  return ((await response.json()) as { messages: Json[] }).messages[0] ?? {};
}

test("Slack's, Mattermost's, Discord's, GitHub's and Grafana's payloads arrive, recognised or by the address", async () => {
  expect(await postJson(url, { text: "Hello *ops*", channel: "#ignored", username: "CI" })).toEqual({
    status: 200,
    text: "ok",
  });
  expect(await newest()).toMatchObject({
    text: "Hello **ops**",
    user: { id: `hook:${id}`, name: "CI", role: "service" },
  });
  expect(await postJson(`${url}/slack`, { text: "by name" })).toEqual({ status: 200, text: "ok" });
  expect((await newest()).user).toMatchObject({ name: "Alerts" });
  const form = new URLSearchParams({ payload: '{"text":"by form"}' });
  expect(await post(url, form)).toEqual({ status: 200, text: "ok" });
  expect(await newest()).toMatchObject({ text: "by form" });
  expect(
    (await post(url, '{"text":"curl -d"}', { "Content-Type": "application/x-www-form-urlencoded" })).text,
  ).toBe("ok");
  expect(
    await post(`${kabar.url}/chat/hooks/in/${url.split("/").at(-1)}`, "plain words", {
      "Content-Type": "text/plain",
    }),
  ).toEqual({ status: 200, text: "ok" });
  expect(await newest()).toMatchObject({ text: "plain words" });
  expect((await postJson(url.replace("/hooks/in/", "/hooks/"), { text: "as Mattermost" })).text).toBe("ok");

  expect((await postJson(url, { content: "Hi", embeds: [{ title: "T" }] })).status).toBe(204);
  const waited = await postJson(`${url}/discord?wait=true`, { content: "Hi" });
  expect(JSON.parse(waited.text)).toMatchObject({ content: "Hi", channel_id: "ops", webhook_id: id });
  const files = new FormData();
  files.set("payload_json", '{"content":"with a file"}');
  files.set("files[0]", new Blob([new Uint8Array([0, 255, 254])]), "shot.png");
  expect((await post(url, files)).status).toBe(204);
  expect(await newest()).toMatchObject({ text: "with a file\n(File shot.png: files are not kept here.)" });

  const delivery = { "X-GitHub-Event": "ping", "X-GitHub-Delivery": crypto.randomUUID() };
  expect((await postJson(url, { zen: "Once." }, delivery)).status).toBe(201);
  expect((await postJson(`${url}/github`, { zen: "Once." }, delivery)).status).toBe(200);
  expect(await newest()).toMatchObject({ icon: "👋" });
  expect((await postJson(url, { alerts: [{ status: "resolved" }] })).status).toBe(201);
  expect(await newest()).toMatchObject({ title: "Alerts: 1 resolved" });
});

describe("refusals come in the sender's words:", () => {
  test.each([
    ["no text", "", "{}", 400, "no_text"],
    ["an empty text", "", '{"text":"  "}', 400, "no_text"],
    ["broken JSON", "", "{", 400, "invalid_payload"],
    ["no body", "", "", 400, "invalid_payload"],
    ["a list", "", "[1]", 400, "invalid_payload"],
    ["5001 attachments", "", `{"attachments":[${"{},".repeat(5000)}{}]}`, 400, "too_many_attachments"],
    ["61 blocks", "", `{"blocks":[${"{},".repeat(60)}{}]}`, 400, "invalid_blocks"],
    ["100,000 levels", "", `{"a":${"[".repeat(100_000)}`, 400, "invalid_payload"],
    ["a quarter of a megabyte of markup", "", `{"text":"${":a".repeat(140_000)}"}`, 413, "invalid_payload"],
    ["a megabyte", "", `{"text":"${"x".repeat(1_048_577)}"}`, 413, "invalid_payload"],
    ["nothing to Discord", "/discord", "{}", 400, '"code":50006'],
    ["2001 characters to Discord", "/discord", `{"content":"${"x".repeat(2001)}"}`, 400, '"code":50035'],
    ["broken JSON to Discord", "/discord", "{", 400, '"code":50109'],
    ["broken JSON to Mattermost's", "/mattermost", "{", 400, '"status_code":400'],
    ["broken JSON to GitHub's", "/github", "{", 400, '"code":"bad-json"'],
    ["an unknown format", "/teams", "{}", 404, "no_service"],
  ])("%s", async (_, path, body, status, word) => {
    const answer = await post(url + path, body.length > 200 ? new Blob([body]) : body, {
      "Content-Type": "application/json",
    });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(word);
  });

  test.each([
    ["Content-Type", "image/png", "\u0000\u0001"],
    ["Content-Type", "multipart/form-data; boundary=x", "no form"],
    ["Content-Encoding", "gzip", '{"text":"x"}'],
  ])("%s: %s", async (name, value, body) => {
    const answer = await post(url, body, { [name]: value });
    expect(answer.text).toBe("invalid_payload");
  });

  test("a wrong secret, another method, and a page that may not connect", async () => {
    const wrong = `${url.slice(0, -1)}${url.endsWith("A") ? "B" : "A"}`;
    expect(await postJson(wrong, { text: "x" })).toEqual({ status: 404, text: "no_service" });
    expect(JSON.parse((await postJson(`${wrong}/discord`, {})).text)).toMatchObject({ code: 10015 });
    expect((await fetch(url)).status).toBe(405);
  });
});

test("a long text is cut to the topic's limit with a note of what is missing; nested parts end with it", async () => {
  await postJson(url, { text: "é".repeat(40_000) });
  const { text } = (await newest()) as { text: string };
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8192);
  expect(text).toMatch(/… \(\d+ more characters\)$/);
  const nested = `{"blocks":[${'{"type":"rich_text","elements":['.repeat(400)}${"]}".repeat(400)}]}`;
  expect((await post(url, `${nested.slice(0, -1)},"text":"x"}`)).text).toBe("ok");
});

test("a webhook has its own rate limit, answered in the sender's words with Retry-After", async () => {
  const { url: other } = await admin("POST", "hooks/in", { topic: "lobby", name: "Storm" });
  const address = String(other).replace("https://example.com/chat", kabar.url);
  const answers = await Promise.all(
    Array.from({ length: 90 }, () => fetch(address, { method: "POST", body: '{"text":"storm"}' })),
  );
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get("retry-after")).toBe("1");
  expect(await refused?.text()).toBe("rate_limited");
});

test("a signed webhook takes only what its secret has signed, GitHub's way or Grafana's", async () => {
  const made = await admin("POST", "hooks/in", { topic: "lobby", name: "GitHub", signed: true });
  const address = String(made.url).replace("https://example.com/chat", kabar.url);
  const body = '{"zen":"Signed."}';
  const hex = createHmac("sha256", String(made.secret)).update(body).digest("hex");
  const event = { "X-GitHub-Event": "ping" };
  expect((await post(`${address}/github`, body, event)).status).toBe(401);
  expect((await post(address, body, { ...event, "X-Hub-Signature-256": `sha256=${hex}` })).status).toBe(201);
  expect((await post(address, `${body} `, { ...event, "X-Hub-Signature-256": `sha256=${hex}` })).text).toBe(
    "invalid_token",
  );
  expect((await post(`${address}/grafana`, body, { "X-Grafana-Alerting-Signature": hex })).status).toBe(201);
  const rotated = await admin("POST", `hooks/in/${made.id}/rotate`);
  expect(rotated.secret).not.toBe(made.secret);
});

test("rotation and deletion end an address at once; no secret is stored, listed or logged", async () => {
  const made = await admin("POST", "hooks/in", { topic: "ops-2", name: "Short-lived", why: "a test" });
  const local = (address: unknown) => String(address).replace("https://example.com/chat", kabar.url);
  const rotated = await admin("POST", `hooks/in/${made.id}/rotate`);
  expect((await postJson(local(made.url), { text: "x" })).text).toBe("no_service");
  expect((await postJson(local(rotated.url), { text: "x" })).text).toBe("ok");
  await kabar.kill();
  await kabar.restart();
  expect((await postJson(local(rotated.url), { text: "after a crash" })).text).toBe("ok");
  const { hooks } = (await admin("GET", "hooks/in")) as unknown as { hooks: Json[] };
  expect(hooks.find((hook) => hook.id === made.id)).toEqual({
    id: made.id,
    topic: "ops-2",
    name: "Short-lived",
    signed: false,
    madeAt: expect.any(Number),
  });
  const secrets = [made, rotated].map((hook) => String(hook.url).split("/").at(-1) as string);
  const audit = JSON.stringify(await admin("GET", "audit?limit=500"));
  expect(audit).toContain("hook-in:");
  expect(audit).not.toContain('"hash"');
  const found = Bun.spawnSync([
    "grep",
    "-rlF",
    ...secrets.flatMap((secret) => ["-e", secret]),
    kabar.dataDir,
  ]);
  expect(found.stdout.toString()).toBe("");
  for (const secret of secrets) expect(kabar.output() + audit + JSON.stringify(hooks)).not.toContain(secret);
  expect((await admin("DELETE", `hooks/in/${made.id}`)).http).toBe(204);
  expect((await postJson(local(rotated.url), { text: "x" })).text).toBe("no_service");
  expect((await admin("POST", `hooks/in/${made.id}/rotate`)).http).toBe(404);
  expect((await admin("POST", "hooks/in", { topic: "no such", name: "x" })).http).toBe(400);
  expect((await admin("POST", "hooks/in", { topic: "elsewhere", name: "x" })).http).toBe(404);
  expect((await admin("POST", "hooks/in", { topic: "ops", name: " " })).http).toBe(400);
});

const ntfy = (path: string, init: RequestInit = {}) => fetch(`${kabar.url}/ntfy/${path}`, init);
const operator = { Authorization: `Bearer ${OPERATOR_KEY}` };
const linesOf = (text: string): Json[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Json);
const poll = async (path: string, init: RequestInit = {}) => linesOf(await (await ntfy(path, init)).text());
async function publishNtfy(topic: string, body: string, headers: Record<string, string> = {}): Promise<Json> {
  const response = await ntfy(topic, { method: "PUT", body, headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

test("what ntfy's publishers send comes to its subscribers, and to the chat, with the same id", async () => {
  const sent = await publishNtfy("n-1", "Disk full", {
    Title: "db-1",
    Priority: "urgent",
    Tags: "warning,disk",
    Click: "https://c.example/",
  });
  expect(sent).toEqual({
    id: expect.stringMatching(/^[A-Za-z0-9]{12}$/),
    time: expect.any(Number),
    event: "message",
    topic: "n-1",
    title: "db-1",
    message: "Disk full",
    priority: 5,
    tags: ["warning", "disk"],
    click: "https://c.example/",
  });
  expect(await newest("n-1")).toMatchObject({
    title: "db-1",
    text: "Disk full",
    priority: 5,
    icon: "⚠️",
    link: "https://c.example/",
  });
  const button = { Actions: "view, Open, https://o.example/" };
  expect(await publishNtfy("n-5", "x", { ...button, ...operator })).toMatchObject({
    message: "x",
    actions: [{ action: "view", label: "Open", url: "https://o.example/" }],
  });
  expect((await publishNtfy("n-5", "x", button)).message).toBe("x\nOpen (https://o.example/)");
  for (const path of ["/ntfy", "/ntfy/", "/", "/chat/ntfy"]) {
    const answer = await postJson(kabar.url + path, { topic: "n-1", message: `to ${path}` });
    expect(answer.status).toBe(200);
  }
  const auth = btoa(`Basic ${btoa(`any:${OPERATOR_KEY}`)}`).replace(/=+$/, "");
  for (const verb of ["publish", "send", "trigger"])
    expect((await ntfy(`n-1/${verb}?message=${verb}&auth=${auth}`)).status).toBe(200);
  const all = await poll("n-1/json?poll=1");
  expect(all.map(({ message }) => message)).toEqual([
    "Disk full",
    "to /ntfy",
    "to /ntfy/",
    "to /",
    "to /chat/ntfy",
    "publish",
    "send",
    "trigger",
  ]);
  expect(all[0]).toEqual(sent);
  expect(await poll(`n-1/json?poll=1&since=${all[5]?.id}`)).toEqual(all.slice(6));
  expect(await poll("n-1/json?poll=1&since=latest")).toEqual(all.slice(-1));
  expect(await poll("n-1/json?poll=1&since=10m&tags=disk")).toEqual(all.slice(0, 1));
  expect(await poll(`n-1/json?poll=1&since=${Number(sent.time) + 3600}`)).toEqual([]);
  expect(await (await ntfy("n-1/raw?poll=1&since=all&title=db-1")).text()).toBe("Disk full\n");
  expect((await ntfy("n-1", { redirect: "manual" })).headers.get("location")).toBe("../embed/n-1");
  expect(await (await ntfy("v1/health")).json()).toEqual({ healthy: true });
});

test("streams begin with open, have signs of life, resume several topics by one id, and lose nothing", async () => {
  const first = await publishNtfy("n-2", "one");
  const lines = await followLines(
    ntfy,
    "n-2,n-3/json?since=all",
    (line) => line.includes('"three"'),
    (line) => {
      if (line.includes("keepalive")) void publishNtfy("n-3", "two").then(() => publishNtfy("n-2", "three"));
    },
  );
  const events = lines.filter((line) => !line.includes("keepalive")).map((line) => JSON.parse(line) as Json);
  expect(events.map(({ event, topic, message }) => [event, topic, message])).toEqual([
    ["open", "n-2,n-3", undefined],
    ["message", "n-2", "one"],
    ["message", "n-3", "two"],
    ["message", "n-2", "three"],
  ]);
  const ofTopic = (id: unknown) => poll(`n-2,n-3/json?poll=1&since=${id}`);
  expect((await ofTopic(first.id)).map(({ message }) => message)).toEqual(["two", "three"]);
  expect(
    (await followLines(ntfy, "n-2/sse?since=all", (line) => line.includes('"three"'))).slice(0, 4),
  ).toEqual(["event: open", expect.stringContaining('"open"'), "", `data: ${JSON.stringify(first)}`]);
  const socket = new WebSocket(`${kabar.url.replace("http", "ws")}/ntfy/n-2/ws?since=${first.id}`);
  const frames: Json[] = [];
  const closed = new Promise((resolve) => (socket.onclose = resolve));
  await new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as Json;
      frames.push(frame);
      if (frame.message === "three")
        void ntfy("n-2", { method: "POST", body: "live", headers: { Cache: "no" } });
      if (frame.message === "live") resolve();
    };
  });
  expect(frames.map(({ event, message }) => message ?? event)).toEqual(["open", "three", "live"]);
  // Who may no longer read receives nothing more.
  await admin("PUT", "topics/n-2", { guests: "none" });
  await closed;
  expect(JSON.parse(await (await ntfy("n-2/json?poll=1")).text())).toMatchObject({ code: 40301, http: 403 });
  expect((await poll("n-2/json?poll=1", { headers: operator })).at(-1)).toMatchObject({ message: "three" });
  expect(
    await (
      await ntfy("n-2/auth", { headers: { Authorization: `Basic ${btoa(`:${OPERATOR_KEY}`)}` } })
    ).json(),
  ).toEqual({ success: true });
});

describe("ntfy's door refuses with ntfy's codes:", () => {
  test.each([
    ["a topic that ntfy allows and we do not", "PUT", "-n", "x", {}, 400, 40009],
    ["an encoded slash", "PUT", "a%2Fb", "x", {}, 400, 40009],
    ["no such topic", "PUT", "nowhere", "x", {}, 404, 40401],
    ["a wrong key", "PUT", "n-1", "x", { Authorization: "Basic eDp3cm9uZw==" }, 401, 40101],
    ["a topic that guests may not write in", "PUT", "ops", "x", {}, 403, 40301],
    ["a guest by GET", "GET", "n-1/trigger", undefined, {}, 403, 40301],
    ["a delay", "PUT", "n-1", "x", { Delay: "10m" }, 400, 40004],
    ["a file", "PUT", "n-1", new Uint8Array([255, 254, 0]), {}, 400, 40014],
    ["a body that is too large", "PUT", "n-1", "x".repeat(70_000), {}, 413, 41303],
    ["no JSON", "POST", "", "nothing", {}, 400, 40024],
    ["no topic in JSON", "POST", "", "{}", {}, 400, 40009],
    ["deep JSON", "POST", "", "[".repeat(30_000), {}, 400, 40024],
    [
      "too many topics",
      "GET",
      `${Array.from({ length: 60 }, (_, i) => `n-${i}`).join()}/json?poll=1`,
      undefined,
      {},
      429,
      42904,
    ],
    ["no WebSocket", "GET", "n-1/ws", undefined, {}, 400, 40016],
    ["a wrong since", "GET", "n-1/json?since=yesterday", undefined, {}, 400, 40008],
  ])("%s", async (_, method, path, body, headers, http, code) => {
    const init = {
      method,
      headers: headers as Record<string, string>,
      ...(body === undefined ? {} : { body }),
    };
    const response = await ntfy(path, init);
    expect(await response.json()).toEqual({ code, http, error: expect.any(String) });
    expect(response.status).toBe(http);
  });

  test("a long message is cut with a note, and no header writes another", async () => {
    const sent = await publishNtfy("n-4", "x".repeat(60_000), { Title: `a${" b".repeat(300)}` });
    expect(String(sent.message)).toMatch(/… \(\d+ more characters\)$/);
    expect(Buffer.byteLength(String(sent.message))).toBeLessThanOrEqual(8192);
    const encoded = await publishNtfy("n-4", "x", { Title: "=?utf-8?q?a=0D=0ASet-Cookie:_b?=" });
    expect(encoded.title).toBe("a Set-Cookie: b");
  });
});
