/** Incoming webhooks at a server: the operator makes, rotates and deletes them; each sender's format and words; hostile requests. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHmac } from "node:crypto";
import { SLOW_MS } from "../support/parts.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

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
      KABAR_TOPICS: "ops ops-* lobby",
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
