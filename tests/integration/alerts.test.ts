/** Alerts for the owner: an e-mail, a webhook and a Telegram chat learn that somebody writes while no moderator is there. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { Inbox } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { findFreePort, untilListening } from "../support/ports.ts";
import { openGuest, openModerator, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const PASSWORD = "a-password-of-the-mail-server";
/** What the admin API answers about a webhook. */
interface Answer {
  id: string;
  secret: string;
  deliveries: { status?: number }[];
  error: { code: string; message: string };
}

const mails = new Inbox<string>();
/** What the mail server answers to the next e-mails, in place of taking them. */
const refusals: { responseCode: number }[] = [];
const mailServer = new SMTPServer({
  authOptional: false,
  allowInsecureAuth: true,
  hideSTARTTLS: true,
  onAuth({ username, password }, _, done) {
    if (username === "kabar" && password === PASSWORD) done(null, { user: username });
    else done(new Error("refused"));
  },
  async onData(stream, _, done) {
    const mail = await new Response(stream as unknown as ReadableStream).text();
    const refusal = refusals.shift();
    if (refusal) return done(Object.assign(new Error("later"), refusal));
    mails.push(mail.replaceAll("=\r\n", ""));
    done();
  },
});

let kabar: RunningKabar;
beforeAll(async () => {
  await new Promise<void>((ready) => mailServer.listen(0, "127.0.0.1", ready));
  const { port } = mailServer.server.address() as { port: number };
  kabar = await startKabar({
    env: {
      KABAR_TOPICS: "*",
      KABAR_TOKEN_SECRET: TOKEN_SECRET,
      KABAR_PUBLIC_URL: "https://chat.example",
      KABAR_HOOKS_ALLOW_PRIVATE: "true",
      KABAR_HOOKS_TIMEOUT_MS: "2000",
      KABAR_SMTP_URL: `smtp://kabar:${PASSWORD}@127.0.0.1:${port}`,
      KABAR_MAIL_FROM: "Kabar <kabar@chat.example>",
    },
  });
});
afterAll(async () => {
  await kabar.stop();
  mailServer.close();
});

async function admin(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${kabar.url}/api/admin/hooks/out${path}`, {
    method,
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return (await response.json()) as Answer;
}
const topicOf = () => `alerts-${crypto.randomUUID().slice(0, 8)}`;

test("an e-mail tells of a visitor's message, once in a while for a topic, and of none that a moderator sees", async () => {
  const topics = [topicOf(), topicOf(), topicOf()];
  const [alone = "", staffed = "", last = ""] = topics;
  await admin("POST", "", { url: "mailto:owner@example.com", topics });
  const moderator = await openModerator(kabar.url);
  await moderator.ask("subscribe", { topic: staffed, people: true });
  const guest = await openGuest(kabar.url, alone, { name: "Ana" });
  for (const [topic, text] of [
    [alone, "Hello?\nBcc: everyone@example.com"],
    [alone, "Is anybody there?"],
    [staffed, "Hello, moderator"],
    [last, "Another topic"],
  ] as const)
    expect(await guest.publish(topic, text)).toMatchObject({ type: "ok" });
  const first = await mails.next("the first e-mail");
  expect(first).toMatch(/^From: Kabar <kabar@chat\.example>\r$/m);
  expect(first).toMatch(/^To: owner@example\.com\r$/m);
  expect(first).toContain(`Subject: ${alone}: Ana writes, and no moderator is there`);
  expect(first).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  const end = first.indexOf("\r\n\r\n");
  const [headers, text] = [first.slice(0, end), first.slice(end)];
  expect(headers).not.toMatch(/^Bcc:/m);
  expect(text).toContain("Hello?\r\nBcc: everyone@example.com");
  expect(text).toContain(`https://chat.example/t/${alone}?at=1`);
  expect(await mails.next("the second e-mail")).toContain("Another topic");
  expect(mails.kept()).toEqual([]);
  moderator.close();
  guest.close();
});

test("an e-mail that the mail server refuses is sent again, with the same Message-ID; no error holds the password", async () => {
  const topic = topicOf();
  const { id } = await admin("POST", "", { url: "mailto:owner@example.com", topics: [topic] });
  refusals.push({ responseCode: 451 });
  const guest = await openGuest(kabar.url, topic);
  await guest.publish(topic, "Once more");
  expect(await mails.next("the e-mail")).toContain("Once more");
  const { deliveries } = await until("the second attempt is noted", async () => {
    const hook = await admin("GET", `/${id}`);
    return hook.deliveries.length > 1 ? hook : undefined;
  });
  expect(deliveries.map(({ status }) => status)).toEqual([250, 451]);
  expect(JSON.stringify(deliveries)).not.toContain(PASSWORD);
  expect(kabar.output()).not.toContain(PASSWORD);
  guest.close();
});

test("a test e-mail is sent at once; addresses and kinds that no e-mail has are refused", async () => {
  const topic = topicOf();
  const { id } = await admin("POST", "", {
    url: "MAILTO:owner@example.com",
    topics: [topic],
    kinds: ["held"],
  });
  expect(await admin("POST", `/${id}/test`, {})).toMatchObject({ accepted: true, status: 250 });
  expect(await mails.next("the test")).toContain("Subject: Kabar can send e-mail");
  for (const url of [
    "mailto:",
    "mailto:a@b.example,c@d.example",
    "mailto:a@b.example?bcc=c@d.example",
    "mailto:a@b.example%0d%0aBcc:c@d.example",
    "mailto:a b@c.example",
  ])
    expect({ url, ...(await admin("POST", "", { url })).error }).toMatchObject({ url, code: "bad-request" });
  const odd = await admin("POST", "", { url: "mailto:a@b.example", kinds: ["message"] });
  expect(odd.error.message).toBe("kinds: an e-mail can tell of alert, held, reported.");
});

test("the example for Telegram passes an alert on in the shape of its API, and believes no stranger", async () => {
  const calls = new Inbox<{ path: string; body: unknown }>();
  const telegram = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      calls.push({ path: new URL(request.url).pathname, body: await request.json() });
      return Response.json({ ok: true });
    },
  });
  const topic = topicOf();
  // The receiver needs the secret, which the hook's address does not change.
  const port = findFreePort();
  const receiver = `http://127.0.0.1:${port}/`;
  const { secret } = await admin("POST", "", { url: receiver, topics: [topic], kinds: ["alert"] });
  const bot = Bun.spawn([process.execPath, join(import.meta.dir, "../../examples/telegram.ts")], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      TELEGRAM_API: telegram.url.origin,
      TELEGRAM_TOKEN: "1:a",
      TELEGRAM_CHAT: "42",
      KABAR_HOOK_SECRET: secret,
    },
    stdout: "ignore",
    stderr: "inherit",
  });
  try {
    await untilListening("the example", bot, port);
    const guest = await openGuest(kabar.url, topic, { name: "Ana" });
    await guest.publish(topic, "Hello");
    const { path, body } = await calls.next("the call of Telegram's API");
    expect({ path, body }).toEqual({
      path: "/bot1:a/sendMessage",
      body: { chat_id: "42", text: `${topic}: Ana\nHello` },
    });
    const forged = await fetch(receiver, { method: "POST", body: '{"type":"alert"}' });
    expect(forged.status).toBe(401);
    guest.close();
  } finally {
    bot.kill();
    await telegram.stop(true);
  }
});
