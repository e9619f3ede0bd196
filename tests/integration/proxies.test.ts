/**
 * Behind each proxy with its recipe of examples/proxies/, with a host name of its own and below `/chat/`: sessions stay, streams
 * flow, pages, links and addresses are right, over HTTP/2 too.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import WebSocket from "ws";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { PROXIES, type RunningProxy, startProxy } from "../support/proxies.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

/** Kabar's shortest: it pings a quiet connection after four seconds then, and the proxies close one after six. */
const IDLE_S = 8;
const EVENT_DEADLINE_MS = 5000;

let kabar: RunningKabar;
/** By name, the proxies that this machine has. */
const proxies = new Map<string, RunningProxy>();
/** By name, a quiet WebSocket that was opened at the start; the result comes after three pings. */
const quiet = new Map<string, Promise<string>>();

// The certificates are made for the test.
const insecure = { tls: { rejectUnauthorized: false } } as RequestInit;
const ask = (url: string, init: RequestInit = {}) => fetch(url, { ...init, ...insecure });
const open = (url: string, headers: Record<string, string> = {}) =>
  new WebSocket(`${url.replace(/^http/, "ws")}/websocket`, "kabar.v1", {
    rejectUnauthorized: false,
    headers,
  });

/** Opens a WebSocket, counts three pings, and asks once more: the answer, or the code by which it was closed. */
function stayQuiet(url: string): Promise<string> {
  const socket = open(url);
  return new Promise((resolve) => {
    let pings = 0;
    socket.on("open", () => socket.send('{"type":"hello","id":1}'));
    socket.on("close", (code) => resolve(`closed: ${code}`));
    socket.on("error", (error) => resolve(String(error)));
    socket.on("ping", () => {
      pings += 1;
      if (pings === 3) socket.send('{"type":"ping","id":2}');
    });
    socket.on("message", (data) => {
      if (!String(data).includes('"id":2')) return;
      resolve("answered");
      socket.close();
    });
  });
}

beforeAll(async () => {
  kabar = await startKabar({
    env: {
      KABAR_ALLOWED_ORIGINS: "https://allowed.example",
      KABAR_PUBLIC_URL: "https://example.com/chat",
      KABAR_TRUSTED_PROXY_HOPS: "1",
      KABAR_IDLE_TIMEOUT_S: String(IDLE_S),
    },
  });
  const present = PROXIES.filter((kind) => kind.present);
  await Promise.all(
    present.map(async (kind) => {
      const proxy = await startProxy(kind, kabar.url);
      proxies.set(kind.name, proxy);
      quiet.set(kind.name, stayQuiet(proxy.pathUrl));
    }),
  );
});
afterAll(async () => {
  await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
  await kabar?.stop();
});

/** Reads a stream until it holds a text. Throws when the text is held back. */
async function createReader(url: string, encoding: string, more: Record<string, string> = {}) {
  const headers = { "Accept-Encoding": encoding, Accept: "text/event-stream", ...more };
  const response = await ask(url, { headers });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    async readUntil(wanted: string): Promise<void> {
      while (!text.includes(wanted)) {
        const next = await Promise.race([reader?.read(), Bun.sleep(EVENT_DEADLINE_MS)]);
        if (!next || next.done) throw new Error(`${wanted} was held back with ${encoding}; came: ${text}`);
        text += decoder.decode(next.value, { stream: true });
      }
    },
    end: () => reader?.cancel(),
  };
}

for (const { name, present, hint } of PROXIES)
  describe(`behind ${name}`, () => {
    const test = testWith(name, present, hint);
    const proxy = (): RunningProxy => {
      const running = proxies.get(name);
      if (!running) throw new Error(`${name} does not run`);
      return running;
    };
    const sites = () => [proxy().url, proxy().pathUrl];
    const messages = (site: string) => `${site}/api/topics/lobby/messages`;
    const publish = (site: string, text: string, headers: Record<string, string> = {}) =>
      ask(messages(site), { method: "POST", body: text, headers });

    test("server-sent events come at once, also to readers who take gzip", async () => {
      for (const site of sites())
        for (const encoding of ["gzip", "identity"]) {
          const stream = await createReader(`${site}/api/topics/lobby/events`, encoding);
          await stream.readUntil("id: ");
          for (const word of [`first-${crypto.randomUUID()}`, `second-${crypto.randomUUID()}`]) {
            expect((await publish(site, word)).status).toBe(201);
            await stream.readUntil(word);
          }
          await stream.end();
          const session = await createReader(`${site}/api/session`, encoding);
          await session.readUntil("event: session");
          await session.end();
          const authorization = { Authorization: `Bearer ${OPERATOR_KEY}` };
          const health = await createReader(`${site}/api/admin/health/events`, encoding, authorization);
          // The reading after the series is the second one.
          await health.readUntil("]}\n\nevent: health\n");
          await health.end();
        }
    });

    test("the server's own page connects, with allowed_origins set; a foreign page does not", async () => {
      const { url } = proxy();
      const history = (origin: string) =>
        ask(messages(url), { headers: { Origin: origin } }).then(({ status }) => status);
      const { hostname } = new URL(url);
      const answers = ["https://example.com", "https://allowed.example", url].map(history);
      expect(await Promise.all(answers)).toEqual([200, 200, 200]);
      // Its port counts, which the proxy has to pass on.
      expect(await history(`https://${hostname}`)).toBe(403);
      expect(await history("https://evil.example")).toBe(403);
      const connect = (origin: string) =>
        new Promise<string>((resolve) => {
          const socket = open(url, { origin });
          socket.on("open", () => {
            resolve("open");
            socket.close();
          });
          socket.on("error", () => resolve("refused"));
        });
      expect([await connect(url), await connect("https://evil.example")]).toEqual(["open", "refused"]);
    });

    test("a visitor's address is the one that the proxy saw, whatever the visitor sends along", async () => {
      const forwarded = (address: string) => ({ "X-Forwarded-For": address });
      const authorOf = async (site: string, headers: Record<string, string> = {}) => {
        const body = crypto.randomUUID();
        await publish(site, body, headers);
        const answer = (await (await ask(`${messages(kabar.url)}?limit=50`)).json()) as {
          messages: { text: string; user: { id: string } }[];
        };
        return answer.messages.find(({ text }) => text === body)?.user.id;
      };
      // What the proxy adds for a visitor on this machine.
      const honest = await authorOf(kabar.url, forwarded("127.0.0.1"));
      expect(honest).toStartWith("a-");
      for (const site of sites()) {
        expect(await authorOf(site)).toBe(honest);
        expect(await authorOf(site, forwarded("203.0.113.7"))).toBe(honest);
        expect(await authorOf(site, forwarded("203.0.113.7, 198.51.100.9"))).toBe(honest);
      }
      expect(await authorOf(kabar.url, forwarded("203.0.113.7"))).not.toBe(honest);
    });

    test("below a path every page, every link on it and every file of the widget is there", async () => {
      const { pathUrl } = proxy();
      const bare = await ask(pathUrl, { redirect: "manual" });
      expect([301, 308]).toContain(bare.status);
      expect(new URL(bare.headers.get("location") ?? "", pathUrl).pathname).toBe("/chat/");
      const { origin } = new URL(pathUrl);
      const links = new Set<string>();
      for (const path of ["/", "/plain", "/privacy", "/t/lobby", "/t/nowhere", "/embed/lobby"]) {
        const page = await (await ask(pathUrl + path)).text();
        // What a proxy that strips the path would serve.
        expect(await (await ask(kabar.url + path)).text()).toBe(page);
        for (const [, link = ""] of page.matchAll(/ (?:href|src)="([^"#]+)"/g))
          links.add(new URL(link, pathUrl + path).href.replace("https://example.com", origin));
      }
      const list = (await (await ask(`${pathUrl}/widget.json`)).json()) as { files: { url: string }[] };
      expect(list.files.length).toBeGreaterThan(5);
      for (const { url } of list.files) links.add(url.replace("https://example.com", origin));
      expect([...links].filter((link) => !link.startsWith(`${pathUrl}/`))).toEqual([]);
      const wrong = await Promise.all(
        [...links].map(async (link) => {
          const { status } = await ask(link);
          return status === 200 ? [] : [`${status} ${link}`];
        }),
      );
      expect(wrong.flat()).toEqual([]);
    });

    test("an encoded slash in an address reaches the server as it is", async () => {
      const key = { headers: { Authorization: `Bearer ${OPERATOR_KEY}` } };
      for (const site of sites()) {
        const answer = await ask(`${site}/api/admin/users/u%3Aa%2Fb/export`, key);
        expect([answer.status, JSON.stringify(await answer.json())]).toEqual([
          200,
          expect.stringContaining('"u:a/b"') as never,
        ]);
      }
    });

    test("HTTP/2 is spoken", async () => {
      const args = ["-sk", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}"];
      for (const site of sites()) {
        const curl = Bun.spawn(["curl", ...args, `${site}/widget.js`], { stdout: "pipe" });
        expect(await new Response(curl.stdout).text()).toBe("2 200");
      }
    });

    test("a quiet WebSocket stays open for longer than the proxy lets a connection be idle", async () => {
      expect(await quiet.get(name)).toBe("answered");
    });
  });
