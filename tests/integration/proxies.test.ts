/** Behind nginx and HAProxy with the very recipes of docs/OPERATIONS.md: sessions stay, streams flow, pages and addresses are believed. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import WebSocket from "ws";
import { hasNginx, startNginx } from "../audit/nginx.ts";
import { hasHaproxy, startHaproxy } from "../support/haproxy.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { substitute } from "../support/recipes.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

/** Kabar's shortest: it pings a quiet connection after four seconds then. */
const IDLE_S = 8;
/** When the proxies of this test close a quiet connection: a while after the ping, and before the second one. */
const PROXY_IDLE_S = 6;
const EVENT_DEADLINE_MS = 5000;

/** Those who compress do so here with everything, streams included. */
const NGINX_GZIP = "gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;";
const HAPROXY_GZIP = "  compression algo gzip\n  compression type text/event-stream application/json\n";

interface Proxy {
  url: string;
  stop(): Promise<void>;
}

const PROXIES = [
  {
    name: "nginx",
    present: hasNginx,
    start: (port: number, upstream: string): Promise<Proxy> =>
      startNginx(port, upstream, {
        http: NGINX_GZIP,
        adapt: (recipe) => substitute(recipe, "proxy_read_timeout 1h", `proxy_read_timeout ${PROXY_IDLE_S}s`),
      }),
  },
  {
    name: "haproxy",
    present: hasHaproxy,
    start: (port: number, upstream: string): Promise<Proxy> =>
      startHaproxy(port, upstream, (recipe) =>
        substitute(recipe, "timeout tunnel 1h", `timeout tunnel ${PROXY_IDLE_S}s\n${HAPROXY_GZIP}`),
      ),
  },
];

for (const { name, present, start } of PROXIES)
  describe(`behind ${name}`, () => {
    const test = testWith(name, present, `apt install ${name}`);
    let kabar: RunningKabar;
    let proxy: Proxy;
    beforeAll(async () => {
      if (!present) return;
      kabar = await startKabar({
        env: {
          KABAR_ALLOWED_ORIGINS: "https://example.com",
          KABAR_TRUSTED_PROXY_HOPS: "1",
          KABAR_IDLE_TIMEOUT_S: String(IDLE_S),
        },
      });
      proxy = await start(findFreePort(), kabar.url);
    });
    afterAll(async () => {
      await proxy?.stop();
      await kabar?.stop();
    });

    // The certificate is made for the test.
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(proxy.url + path, { ...init, tls: { rejectUnauthorized: false } } as RequestInit);
    const publish = (text: string, headers: Record<string, string> = {}) =>
      ask("/api/topics/lobby/messages", { method: "POST", body: text, headers });

    test("a quiet WebSocket stays open for longer than the proxy lets a connection be idle", async () => {
      const socket = new WebSocket(`${proxy.url.replace(/^http/, "ws")}/websocket`, "kabar.v1", {
        rejectUnauthorized: false,
      });
      const closed = new Promise<string>((resolve) =>
        socket.on("close", (code) => resolve(`closed: ${code}`)),
      );
      const replies: string[] = [];
      socket.on("message", (data) => replies.push(String(data)));
      await new Promise((resolve) => socket.once("open", resolve));
      socket.send('{"type":"hello","id":1}');
      let pings = 0;
      const threePings = new Promise<string>((resolve) =>
        socket.on("ping", () => {
          pings += 1;
          if (pings === 3) resolve("three pings");
        }),
      );
      expect(await Promise.race([threePings, closed])).toBe("three pings");
      const answered = new Promise<string>((resolve) =>
        socket.once("message", (data) => resolve(String(data))),
      );
      socket.send('{"type":"ping","id":2}');
      expect(await Promise.race([answered, closed])).toContain('"id":2');
      socket.close();
    });

    test("server-sent events come at once, also to readers who take gzip", async () => {
      for (const encoding of ["gzip", "identity"]) {
        const response = await ask("/api/topics/lobby/events", {
          headers: { "Accept-Encoding": encoding, Accept: "text/event-stream" },
        });
        expect(response.status).toBe(200);
        const reader = response.body?.getReader();
        const decoder = new TextDecoder();
        let text = "";
        const readUntil = async (wanted: string) => {
          while (!text.includes(wanted)) {
            const next = await Promise.race([reader?.read(), Bun.sleep(EVENT_DEADLINE_MS)]);
            if (!next || next.done)
              throw new Error(`${wanted} was held back with ${encoding}; came: ${text}`);
            text += decoder.decode(next.value, { stream: true });
          }
        };
        await readUntil("id: ");
        for (const word of [`first-${encoding}`, `second-${encoding}`]) {
          expect((await publish(word)).status).toBe(201);
          await readUntil(word);
        }
        await reader?.cancel();
      }
    });

    test("the server's own page connects, on a port of its own and with allowed_origins set; a foreign page does not", async () => {
      const page = await (await ask("/")).text();
      expect(page).toContain(`${proxy.url}/widget.js`);
      const history = (origin: string) =>
        ask("/api/topics/lobby/messages", { headers: { Origin: origin } }).then(({ status }) => status);
      expect(await history(proxy.url)).toBe(200);
      expect(await history("https://example.com")).toBe(200);
      const { hostname, protocol } = new URL(proxy.url);
      expect(await history(`${protocol}//${hostname}`)).toBe(403);
      expect(await history("https://evil.example")).toBe(403);
      const connect = (origin: string) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(`${proxy.url.replace(/^http/, "ws")}/websocket`, "kabar.v1", {
            origin,
            rejectUnauthorized: false,
          });
          socket.on("open", () => {
            resolve("open");
            socket.close();
          });
          socket.on("error", () => resolve("refused"));
        });
      expect([await connect(proxy.url), await connect("https://evil.example")]).toEqual(["open", "refused"]);
    });

    test("a visitor's address is the one that the proxy saw, whatever the visitor sends along", async () => {
      const authorOf = async (headers: Record<string, string>, url?: string) => {
        const body = crypto.randomUUID();
        if (url === undefined) await publish(body, headers);
        else await fetch(`${url}/api/topics/lobby/messages`, { method: "POST", body, headers });
        const { messages } = (await (await ask("/api/topics/lobby/messages?limit=50")).json()) as {
          messages: { text: string; user: { id: string } }[];
        };
        return messages.find(({ text }) => text === body)?.user.id;
      };
      const forwarded = (address: string) => ({ "X-Forwarded-For": address });
      // What the proxy adds for a visitor on this machine.
      const honest = await authorOf(forwarded("127.0.0.1"), kabar.url);
      expect(honest).toStartWith("a-");
      expect(await authorOf({})).toBe(honest);
      expect(await authorOf(forwarded("203.0.113.7"))).toBe(honest);
      expect(await authorOf(forwarded("203.0.113.7, 198.51.100.9"))).toBe(honest);
      expect(await authorOf(forwarded("203.0.113.7"), kabar.url)).not.toBe(honest);
    });
  });
