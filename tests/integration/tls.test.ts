/** TLS of the server's own: pages, sockets, streams and commands over it, and a new certificate while connections stay open. */
import { expect, setDefaultTimeout } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { PROTOCOL, type ServerFrame } from "../../src/protocol.ts";
import { on } from "../support/backups.ts";
import { hasOpenssl, makeCertificate } from "../support/certificates.ts";
import { Inbox } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import { useServers } from "../support/servers.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const start = useServers();
const withOpenssl = testWith("openssl", hasOpenssl, "Debian: openssl");
const insecure = { tls: { rejectUnauthorized: false } } as object;

/** The certificate that a port serves. */
const servedOn = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });

/** Opens a session over TLS, subscribed to the lobby. */
async function openSession(url: string) {
  const socket = new WebSocket(`${url.replace("https", "wss")}/websocket`, {
    protocols: [PROTOCOL],
    ...insecure,
  } as never);
  const frames = new Inbox<ServerFrame & Record<string, unknown>>();
  const closed = new Inbox<number>();
  socket.addEventListener("message", ({ data }) => frames.push(JSON.parse(String(data))));
  socket.addEventListener("close", ({ code }) => closed.push(code));
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.send(JSON.stringify({ type: "hello", id: 1 }));
  expect(await frames.next("hello")).toMatchObject({ type: "ok" });
  socket.send(JSON.stringify({ type: "subscribe", id: 2, topic: "lobby" }));
  expect(await frames.next("subscribe")).toMatchObject({ type: "ok" });
  return { socket, frames, closed };
}

withOpenssl(
  "the server serves https and wss, takes a new certificate without closing anything, and its commands reach it",
  async () => {
    const folder = createFolder();
    const [first, second] = [makeCertificate(folder, "first"), makeCertificate(folder, "second")];
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const put = (from: typeof first) => {
      cpSync(from.certificate, cert);
      cpSync(from.key, key);
    };
    put(first);
    const env = { KABAR_TLS_CERT: cert, KABAR_TLS_KEY: key, KABAR_LOG_LEVEL: "info" };
    const kabar = await start({ env });
    const url = kabar.url.replace("http:", "https:");
    const publish = (text: string) =>
      fetch(`${url}/api/topics/lobby/messages`, { method: "POST", body: text, ...insecure });

    // The server's own pages learn the address by which they were reached, and may connect.
    expect(kabar.output()).toContain(`https://localhost:${kabar.port}/widget.js`);
    const page = await (await fetch(`${url}/t/lobby`, insecure)).text();
    expect(page).not.toContain("http://127.0.0.1");
    const own = await fetch(`${url}/api/topics/lobby/messages`, { headers: { Origin: url }, ...insecure });
    expect(own.status).toBe(200);
    await expect(fetch(`${kabar.url}/healthz`)).rejects.toThrow();

    const before = await openSession(url);
    const stream = await fetch(`${url}/api/topics/lobby/events`, insecure);
    let streamed = "";
    const reading = (async () => {
      for await (const bytes of stream.body ?? []) streamed += new TextDecoder().decode(bytes);
    })().catch(() => {});
    const earlier = await servedOn(kabar.port);

    // A broken pair is refused with a line, and the present one goes on.
    cpSync(second.certificate, cert);
    process.kill(kabar.pid(), "SIGHUP");
    await until("the warning", () => /can't be used: the one before is served on/.test(kabar.output()));
    expect(await servedOn(kabar.port)).toBe(earlier);
    expect((await on(kabar.dataDir, ["check"], { env })).err).toMatch(
      /^kabar: the key in .* is not that of the certificate/,
    );

    put(second);
    process.kill(kabar.pid(), "SIGHUP");
    await until("the new certificate", () => /serving the new certificate/.test(kabar.output()));
    expect(await servedOn(kabar.port)).not.toBe(earlier);
    const after = await openSession(url);
    expect((await publish("to all")).status).toBe(201);
    for (const { frames } of [before, after])
      expect(await frames.next("a message")).toMatchObject({
        type: "messages",
        messages: [{ text: "to all" }],
      } as never);
    await until("the event", () => streamed.includes("to all"));
    before.socket.send(
      JSON.stringify({ type: "publish", id: 3, topic: "lobby", messageId: "m", text: "from before" }),
    );
    expect(await after.frames.next("a message")).toMatchObject({
      messages: [{ text: "from before" }],
    } as never);

    const ofServer = { env: { ...env, PORT: String(kabar.port), KABAR_OPERATOR_KEY: OPERATOR_KEY } };
    expect((await on(kabar.dataDir, ["keys", "list"], ofServer)).code).toBe(0);
    const doctor = await on(kabar.dataDir, ["doctor"], ofServer);
    expect(doctor.out).toMatch(/^warn +certificate +the certificate ends on/m);
    expect(doctor.out).toMatch(/^ok +server +answers on https:\/\/127\.0\.0\.1:\d+, ready/m);

    // Sessions of both certificates hear the goodbye.
    expect(await kabar.stop()).toBe(0);
    expect([await before.closed.next(), await after.closed.next()]).toEqual([4000, 4000]);
    await reading;
  },
);
