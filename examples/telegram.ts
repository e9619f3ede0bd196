/**
 * Passes Kabar's alerts on to a Telegram chat: somebody writes, and no moderator is there.
 *
 *   TELEGRAM_TOKEN=123:abc TELEGRAM_CHAT=42 KABAR_HOOK_SECRET=whsec_… bun examples/telegram.ts
 *
 * The bot's token comes from @BotFather, the secret from Kabar's answer when the webhook is made:
 *
 *   curl -H "Authorization: Bearer $KABAR_OPERATOR_KEY" -d '{"url":"https://bot.example/","kinds":["alert"]}' \
 *     https://chat.example/api/admin/hooks/out
 *
 * Kabar repeats what was not accepted, so a Telegram that is away loses no alert.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";

const { TELEGRAM_TOKEN, TELEGRAM_CHAT, KABAR_HOOK_SECRET = "", PORT = "8080" } = process.env;
const API = process.env.TELEGRAM_API ?? "https://api.telegram.org";
const MAX_BYTES = 100_000;
/** Telegram takes 4,096 characters. */
const MAX_CHARS = 4000;

/** Checks a signature of Standard Webhooks. */
function isGenuine(headers: IncomingHttpHeaders, body: string): boolean {
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signatures } = headers;
  const key = Buffer.from(KABAR_HOOK_SECRET.replace("whsec_", ""), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest();
  const isFresh = Math.abs(Date.now() / 1000 - Number(time)) < 300;
  const given = String(signatures)
    .split(" ")
    .map((part) => Buffer.from(part.replace("v1,", ""), "base64"));
  return isFresh && given.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
}

/** Answers with a status that Kabar understands: it repeats all but 2xx. */
async function passOn(headers: IncomingHttpHeaders, body: string): Promise<number> {
  if (!isGenuine(headers, body)) return 401;
  const { type, topic, data } = JSON.parse(body);
  if (type !== "alert") return 204;
  const text = `${topic}: ${data.user?.name ?? "Somebody"}\n${data.text ?? ""}`.slice(0, MAX_CHARS);
  const sent = await fetch(`${API}/bot${TELEGRAM_TOKEN}/sendMessage`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ chat_id: TELEGRAM_CHAT, text }),
  }).catch(() => undefined);
  return sent?.ok ? 204 : 502;
}

const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MAX_BYTES) {
      response.writeHead(413, { Connection: "close" }).end();
      return;
    }
    parts.push(part);
  }
  response.writeHead(await passOn(request.headers, Buffer.concat(parts).toString())).end();
});
server.listen(Number(PORT), () => {
  const address = server.address();
  if (typeof address === "object") console.log(`Waiting for alerts on port ${address?.port}`);
});
