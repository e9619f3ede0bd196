/**
 * A push service that stands in for those of browsers: verifies the token of the sender (RFC 8292), decrypts what a browser
 * would (RFC 8291, written with WebCrypto and not with the server's code), and answers as the test wants.
 */
import { importJWK, jwtVerify } from "jose";
import type { Notice } from "../../src/push/notice.ts";
import type { Actor } from "./actors.ts";
import { until } from "./until.ts";

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const decode64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64url"));
const encode64 = (bytes: ArrayBuffer | Uint8Array): string =>
  Buffer.from(bytes as Uint8Array).toString("base64url");
const CURVE = { name: "ECDH", namedCurve: "P-256" };

/** A browser's subscription, with the private key that only the browser has. */
export interface Browser {
  endpoint: string;
  p256dh: string;
  auth: string;
  privateKey: CryptoKey;
}

/** A private key of P-256 from its scalar and its point. */
export function importPrivate(scalar: string, point: string): Promise<CryptoKey> {
  const bytes = decode64(point);
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: scalar,
    x: encode64(bytes.slice(1, 33)),
    y: encode64(bytes.slice(33)),
  };
  return crypto.subtle.importKey("jwk", jwk, CURVE, false, ["deriveBits"]);
}

async function hkdf(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  bytes: number,
) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 8 * bytes));
}

/** Decrypts the body of a push message, one record of `aes128gcm`. Rejects when it is not for this browser. */
export async function decryptPush(body: Uint8Array<ArrayBuffer>, browser: Browser): Promise<string> {
  const salt = body.slice(0, 16);
  const idLength = body[20] ?? 0;
  const sender = body.slice(21, 21 + idLength);
  const receiver = decode64(browser.p256dh);
  const senderKey = await crypto.subtle.importKey("raw", sender, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: senderKey }, browser.privateKey, 256);
  const about = Uint8Array.from([...utf8("WebPush: info\0"), ...receiver, ...sender]);
  const secret = await hkdf(new Uint8Array(shared), decode64(browser.auth), about, 32);
  const key = await crypto.subtle.importKey(
    "raw",
    await hkdf(secret, salt, utf8("Content-Encoding: aes128gcm\0"), 16),
    "AES-GCM",
    false,
    ["decrypt"],
  );
  const iv = await hkdf(secret, salt, utf8("Content-Encoding: nonce\0"), 12);
  const plain = new Uint8Array(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, body.slice(21 + idLength)),
  );
  const end = plain.lastIndexOf(2);
  return new TextDecoder("utf-8", { fatal: true }).decode(plain.slice(0, end));
}

/** Verifies the header `Authorization` of a push message. Returns the claims and the key. Rejects for a wrong one. */
export async function verifyVapid(header: string, audience: string, now = new Date()) {
  const [, token = "", key = ""] = /^vapid t=([^,\s]+), ?k=([\w-]+)$/.exec(header) ?? [];
  const point = decode64(key);
  const jwk = { kty: "EC", crv: "P-256", x: encode64(point.slice(1, 33)), y: encode64(point.slice(33)) };
  const { payload } = await jwtVerify(token, await importJWK(jwk, "ES256"), { audience, currentDate: now });
  const leftS = (payload.exp ?? Number.POSITIVE_INFINITY) - now.getTime() / 1000;
  if (leftS > 86_400) throw new Error(`the token is good for ${leftS} s, more than a day`);
  return { claims: payload, key };
}

/** What arrived: the name of the browser, the notice, and the headers that push services heed. */
export interface Arrived {
  browser: string;
  notice: Notice;
  ttl: number;
  topic: string | null;
  urgency: string | null;
  subject: string | undefined;
}

/** An answer: a status, with the seconds of `Retry-After`, or `silent` for none. */
export type PushAnswer = number | { status: number; retryAfter: string } | "silent";

/** Starts the push service. `arrived` has what it accepted and what it refused, in order; `wrong` what a push service would not take. */
export function startPushService() {
  const browsers = new Map<string, Browser>();
  const arrived: Arrived[] = [];
  const wrong: string[] = [];
  let act: (browser: string, count: number) => PushAnswer | Promise<PushAnswer> = () => 201;
  let count = 0;
  let key: string | undefined;

  async function receive(request: Request): Promise<Arrived> {
    const { pathname, origin } = new URL(request.url);
    const name = pathname.slice("/push/".length);
    const browser = browsers.get(name);
    if (!browser || request.method !== "POST") throw new Error(`${request.method} ${pathname}`);
    const { headers } = request;
    const vapid = await verifyVapid(headers.get("authorization") ?? "", origin);
    if (key !== undefined && vapid.key !== key)
      throw new Error("another key than the browser subscribed with");
    if (headers.get("content-encoding") !== "aes128gcm") throw new Error("Content-Encoding");
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.byteLength > 4096) throw new Error(`${body.byteLength} bytes`);
    const topic = headers.get("topic");
    if (!/^[\w-]{1,32}$/.test(topic ?? "")) throw new Error(`Topic: ${topic}`);
    if (!/^\d+$/.test(headers.get("ttl") ?? "")) throw new Error(`TTL: ${headers.get("ttl")}`);
    return {
      browser: name,
      notice: JSON.parse(await decryptPush(body, browser)),
      ttl: Number(headers.get("ttl")),
      topic,
      urgency: headers.get("urgency"),
      subject: vapid.claims.sub,
    };
  }

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    async fetch(request) {
      try {
        const message = await receive(request);
        arrived.push(message);
        const answer = await act(message.browser, ++count);
        if (answer === "silent") return await new Promise<Response>(() => {});
        if (typeof answer === "number") return new Response(null, { status: answer });
        return new Response(null, { status: answer.status, headers: { "Retry-After": answer.retryAfter } });
      } catch (error) {
        wrong.push(String(error));
        return new Response(String(error), { status: 400 });
      }
    },
  });

  return {
    port: server.port,
    arrived,
    wrong,

    /** Makes a browser with a subscription; its name is in the endpoint. */
    async browser(name: string): Promise<Browser> {
      const pair = (await crypto.subtle.generateKey(CURVE, true, ["deriveBits"])) as CryptoKeyPair;
      const browser: Browser = {
        endpoint: `http://127.0.0.1:${server.port}/push/${name}`,
        p256dh: encode64(await crypto.subtle.exportKey("raw", pair.publicKey)),
        auth: encode64(crypto.getRandomValues(new Uint8Array(16))),
        privateKey: pair.privateKey,
      };
      browsers.set(name, browser);
      return browser;
    },
    /** From now on, refuses messages that another key has signed. */
    expectKey(expected: string): void {
      key = expected;
    },
    /** Answers as `next` says; `count` counts all messages from now on. */
    behave(next: typeof act): void {
      count = 0;
      act = next;
    },
    /** What a browser received. */
    of: (browser: string): Arrived[] => arrived.filter((message) => message.browser === browser),
    /** Resolves to what a browser received, when it is so many messages. */
    has: (browser: string, messages: number): Promise<Arrived[]> =>
      until(`${messages} push messages for ${browser}`, () => {
        const found = arrived.filter((message) => message.browser === browser);
        return found.length >= messages ? found : undefined;
      }),
    stop: () => server.stop(true),
  };
}

/** The fields of the command `push` for a browser. */
export const subscriptionOf = ({ endpoint, p256dh, auth }: Browser) => ({ endpoint, p256dh, auth });

/** The rows of the rights matrix about the files of push messages and of the installed page. */
export const pushFileTries = <T>(same: (path: string) => T) => ({
  "`GET /push-worker.js`": same("/push-worker.js"),
  "`GET /app-icon.png`": same("/app-icon.png"),
  "`GET /embed/:topic/app.webmanifest`": same("/embed/lobby/app.webmanifest"),
});

/** The keys of a browser, from RFC 8291's example. */
export const EXAMPLE_KEYS = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};

/** The rows of the rights matrix about push messages. */
export const pushTries = (ask: (actor: Actor, type: string, fields: object) => Promise<string>) => ({
  "`push`": (actor: Actor, { topic }: { topic: string }) =>
    ask(actor, "push", {
      topic,
      mode: "mentions",
      endpoint: `https://push.example/${encodeURIComponent(actor.column)}`,
      ...EXAMPLE_KEYS,
    }),
  "`away`": (actor: Actor) => ask(actor, "away", { on: false }),
});
