/**
 * Looks of `doctor` at the way from visitors to the server: the port, and the proxies behind an outside address. Sends
 * ordinary requests to that address, without any key.
 */
import type { Config } from "../config.ts";
import type { SeenRequest } from "../doors/probes.ts";
import { unitOf } from "../address.ts";
import { isFolderHeld } from "../log/folder-lock.ts";
import { PROTOCOL } from "../protocol.ts";
import type { AskAdmin } from "./admin-client.ts";
import type { Finding } from "./finding.ts";
import { askLocal, localAddress } from "./local-server.ts";

/** How long an answer may take. A stream that a proxy holds back says nothing until then. */
const ANSWER_MS = 5000;
const CLOCK_TOLERANCE_MS = 30_000;
/** An address that no visitor has (RFC 5737): a server that takes it for the visitor's can be lied to. */
const FORGED = "203.0.113.99";

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return typeof code === "string" && !message.includes(code) ? `${message} (${code})` : message;
};

const request = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS), ...init });

/** Whether this machine lets a server listen there. */
function tryToListen({ host, port, socket }: Config): Finding {
  const about = "port";
  if (socket !== "") return { state: "ok", about, says: `no server listens on ${socket}` };
  try {
    Bun.listen({ hostname: host, port, socket: { data() {} } }).stop(true);
    return { state: "ok", about, says: `${host}:${port} is free; no server runs` };
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
    if (code === "EADDRINUSE")
      return {
        state: "bad",
        about,
        says: `another program listens on ${host}:${port}`,
        advice: "end that program, or choose another port (PORT)",
      };
    return {
      state: "bad",
      about,
      says: `this user can't listen on ${host}:${port}: ${reasonOf(error)}`,
      advice: "choose a port from 1024 to 65535 (PORT), and an address of this machine (HOST)",
    };
  }
}

/** The port, and the state of the server behind it. */
export async function lookAtPort(config: Config): Promise<Finding[]> {
  const about = "port";
  const isHeld = isFolderHeld(config.dataDir);
  const url = localAddress(config);
  const text = await askLocal(config, "/readyz", { signal: AbortSignal.timeout(ANSWER_MS) })
    .then((answer) => answer.text())
    .catch(() => undefined);
  const isKabar = text !== undefined && /^(not )?ready/.test(text);
  if (!isKabar && isHeld)
    return [
      {
        state: "bad",
        about,
        says: `a server holds ${config.dataDir}, and no Kabar answers on ${url}`,
        advice:
          "run doctor with the server's own settings (PORT, HOST, --config); if it hangs, look at its log",
      },
    ];
  if (!isKabar)
    return [config.port === 0 ? { state: "ok", about, says: "any free one" } : tryToListen(config)];
  if (!isHeld && config.log.length === 0)
    return [
      {
        state: "bad",
        about,
        says: `a Kabar with another data folder listens on ${url}`,
        advice: "choose another port (PORT), or set data_dir to that folder",
      },
    ];
  const [state = "", ...warnings] = text.trim().split("\n");
  const findings: Finding[] = [
    state.startsWith("not")
      ? { state: "bad", about: "server", says: `${url} is ${state}`, advice: "its log has the reason" }
      : { state: "ok", about: "server", says: `answers on ${url}, ${state}` },
  ];
  for (const warning of warnings)
    findings.push({ state: "warn", about: "server", says: warning.replace(/^warning: /, "") });
  return findings;
}

/** Whether the address answers as a Kabar does, and when it thinks that it is. */
async function reach(address: string): Promise<Finding[]> {
  const about = "address";
  const advice = "check the name, the certificate, and that the proxy runs and leads to the server";
  let answer: Response;
  let text: string;
  try {
    answer = await request(`${address}/healthz`);
    text = await answer.text();
  } catch (error) {
    return [{ state: "bad", about, says: `${address} does not answer: ${reasonOf(error)}`, advice }];
  }
  const location = answer.headers.get("location");
  if (location !== null)
    return [
      {
        state: "bad",
        about,
        says: `${address} leads on to ${location}`,
        advice: "name that address, also in the tag and in public_url: a WebSocket follows no redirect",
      },
    ];
  if (answer.status !== 200 || text.trim() !== "ok")
    return [
      {
        state: "bad",
        about,
        says: `${address}/healthz answers ${answer.status}, not as a Kabar does`,
        advice,
      },
    ];
  const date = Date.parse(answer.headers.get("date") ?? "");
  const apart = Math.abs(date - Date.now());
  const findings: Finding[] = [{ state: "ok", about, says: `${address} answers` }];
  if (apart > CLOCK_TOLERANCE_MS)
    findings.push({
      state: "warn",
      about: "clock",
      says: `${address} and this machine differ by ${Math.round(apart / 1000)} seconds`,
      advice: "keep both clocks in step with a time server: tokens expire by them",
    });
  return findings;
}

/** Whether a WebSocket opens and answers `hello`. */
function tryUpgrade(address: string): Promise<Finding> {
  const about = "upgrade";
  const advice =
    "let the proxy pass the headers Upgrade and Connection (docs/OPERATIONS.md, Behind a reverse proxy)";
  return new Promise((resolve) => {
    const socket = new WebSocket(`${address.replace(/^http/, "ws")}/websocket`, [PROTOCOL]);
    const end = (finding: Finding) => {
      clearTimeout(timer);
      resolve(finding);
      socket.close();
    };
    const fail = (says: string) => end({ state: "bad", about, says, advice });
    const timer = setTimeout(() => fail(`no WebSocket opened within ${ANSWER_MS / 1000} seconds`), ANSWER_MS);
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", id: 1 }));
    socket.onmessage = ({ data }) =>
      String(data).includes('"type":"ok"')
        ? end({ state: "ok", about, says: "a WebSocket opens and answers" })
        : fail(`a WebSocket opens, and answers ${String(data).slice(0, 200)}`);
    socket.onclose = ({ code, reason }) =>
      fail(`no WebSocket opens: it was closed with ${code}${reason === "" ? "" : ` ${reason}`}`);
  });
}

/** Opens a session without WebSocket, says hello in it, and reads its stream until the reply. Rejects with the reason. */
async function streamHello(address: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${address}/api/session`, { redirect: "manual", signal });
  if (answer.status !== 200) throw new Error(`${address}/api/session answers ${answer.status}`);
  const decoder = new TextDecoder();
  let text = "";
  let hasAsked = false;
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    const secret = /^data: ?([0-9a-f-]{36})$/m.exec(text)?.[1];
    // The second event: a proxy may pass on what came with the head, and hold back the rest.
    if (secret && !hasAsked) {
      hasAsked = true;
      const body = `${secret}\n${JSON.stringify({ type: "hello", id: 1 })}`;
      await fetch(`${address}/api/session`, { method: "POST", body, signal });
    }
    if (text.includes('"type":"ok"')) return;
  }
  throw new Error("the stream ended at once");
}

/** Whether the events of a stream arrive while the stream is open. */
async function tryStream(address: string): Promise<Finding> {
  const about = "live events";
  const gone = new AbortController();
  const timer = setTimeout(() => gone.abort(), ANSWER_MS);
  try {
    await streamHello(address, gone.signal);
    return { state: "ok", about, says: "server-sent events arrive at once" };
  } catch (error) {
    const says = gone.signal.aborted
      ? `no event arrived within ${ANSWER_MS / 1000} seconds: a proxy holds server-sent events back`
      : `no stream of events opens: ${reasonOf(error)}`;
    const advice =
      "turn off buffering and compression for /api/session and /api/topics/*/events (nginx: proxy_buffering off; gzip off), and any rule of a cache or CDN for them";
    return { state: "bad", about, says, advice };
  } finally {
    clearTimeout(timer);
    gone.abort();
  }
}

/** The entries of an `X-Forwarded-For`. */
const entriesOf = (header: string): string[] =>
  header
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

/** Judges how a request with a forged `X-Forwarded-For` arrived. Pure. */
export function judgeForwarding(seen: SeenRequest, hops: number, isHttps: boolean): Finding[] {
  const about = "forwarded for";
  const entries = entriesOf(seen.forwardedFor);
  const forged = entries.lastIndexOf(FORGED);
  const proxies = entries.length - 1 - forged;
  const adders = proxies === 1 ? "one proxy adds" : `${proxies} proxies add`;
  const findings: Finding[] = [];
  const advise = (state: "warn" | "bad", says: string, advice: string) =>
    findings.push({ state, about, says, advice });
  if (seen.address === unitOf(FORGED))
    advise(
      "bad",
      `a visitor can choose an address: the server believed ${FORGED}, which doctor made up (trusted_proxy_hops is ${hops})`,
      forged < 0 || proxies === 0
        ? "set trusted_proxy_hops = 0, or let the proxy append to X-Forwarded-For"
        : `set trusted_proxy_hops = ${proxies}`,
    );
  else if (proxies === 0 && hops > 0)
    advise(
      "bad",
      `trusted_proxy_hops is ${hops}, and no proxy adds to X-Forwarded-For`,
      "let the proxy append the visitor's address (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for)",
    );
  else if (proxies > 0 && proxies !== hops)
    advise(
      "bad",
      hops === 0
        ? `${adders} to X-Forwarded-For, and trusted_proxy_hops is 0: all visitors share the address ${seen.peer}`
        : `${adders} to X-Forwarded-For, and trusted_proxy_hops is ${hops}: the server counts ${seen.address} as the visitor`,
      `set trusted_proxy_hops = ${proxies}`,
    );
  else
    findings.push({
      state: "ok",
      about,
      says:
        hops === 0
          ? `no proxy in between; the server counts ${seen.address}`
          : `${hops === 1 ? "one proxy" : `${hops} proxies`}; the server counts ${seen.address}, and no made-up address`,
    });
  if (isHttps && seen.forwardedProto.split(",")[0]?.trim() !== "https")
    findings.push({
      state: "warn",
      about: "forwarded proto",
      says: `the server does not learn that visitors use https`,
      advice:
        "let the proxy set X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme), or set public_url",
    });
  return findings;
}

/** Sends a probe over the address, and judges how it arrived. */
async function tryProbe(address: string, config: Config, ask: AskAdmin | undefined): Promise<Finding[]> {
  const about = "forwarded for";
  if (!ask)
    return [
      {
        state: "warn",
        about,
        says: "not looked at: doctor reaches no server with this data folder on this machine",
        advice: "run doctor where the server runs, with its settings",
      },
    ];
  const { id } = await ask("POST", "probes");
  const answer = await request(`${address}/api/probes/${id}`, {
    headers: { "X-Forwarded-For": FORGED },
  }).catch(() => undefined);
  const { requests, trustedProxyHops } = (await ask("GET", `probes/${id}`)) as unknown as {
    requests: SeenRequest[];
    trustedProxyHops: number;
  };
  const [seen] = requests;
  if (!seen)
    return [
      {
        state: "warn",
        about: "address",
        says: `${address} leads to another Kabar than the one on this machine (${answer?.status ?? "no answer"})`,
        advice:
          "with several nodes, run doctor again until this one answers; else check where the proxy leads",
      },
    ];
  const findings = judgeForwarding(
    seen,
    trustedProxyHops,
    address.startsWith("https:") && config.tlsCert === "",
  );
  const { host } = new URL(address);
  if (seen.host !== host && config.publicUrl === "")
    findings.push({
      state: "warn",
      about: "host",
      says: `the server receives the host ${seen.host} instead of ${host}: its own pages cannot connect`,
      advice: `set public_url = "${address}", or let the proxy pass the host (nginx: proxy_set_header Host $http_host)`,
    });
  if (config.publicUrl !== "" && config.publicUrl !== address)
    findings.push({
      state: "warn",
      about: "public_url",
      says: `public_url is ${config.publicUrl}, and the address is ${address}`,
      advice: `set public_url = "${address}" if visitors use it`,
    });
  return findings;
}

/** The way from an outside address to the server. */
export async function lookAtAddress(
  address: string,
  config: Config,
  ask: AskAdmin | undefined,
): Promise<Finding[]> {
  const reached = await reach(address);
  if (reached.some(({ state }) => state === "bad")) return reached;
  const [upgrade, stream] = await Promise.all([tryUpgrade(address), tryStream(address)]);
  return [...reached, upgrade, stream, ...(await tryProbe(address, config, ask))];
}
