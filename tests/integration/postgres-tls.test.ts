/** TLS between a server and its PostgreSQL: which certificates are trusted, and that every connection is encrypted. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { asPostgresUser, postgresBin, type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { OPERATOR_KEY, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const canRun = postgresBin !== undefined && Bun.which("openssl") !== null;
if (!canRun) testWith("PostgreSQL and openssl", false, "Debian: postgresql")("TLS", async () => undefined);

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes an authority, and a certificate of it for 127.0.0.1, in a folder that PostgreSQL's user can write. */
async function makeCertificates(folder: string): Promise<void> {
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1");
  chmodSync(join(folder, "names"), 0o644);
  const days = ["-days", "2"];
  const commands = [
    ["req", "-x509", ...KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority", ...days],
    ["req", ...KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=database"],
    ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
  ];
  commands[2]?.push("-out", "server.pem", "-extfile", "names", ...days);
  for (const command of commands) {
    const made = Bun.spawn(asPostgresUser(["openssl", ...command]), { cwd: folder, stderr: "pipe" });
    if ((await made.exited) !== 0) throw new Error(await new Response(made.stderr).text());
  }
}

const folder = mkdtempSync(join(tmpdir(), "kabar-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function startWithTls(): Promise<RunningPostgres> {
  await makeCertificates(folder);
  const settings = {
    ssl: "on",
    ssl_cert_file: join(folder, "server.pem"),
    ssl_key_file: join(folder, "server.key"),
  };
  return startPostgres({ settings, access: ["hostnossl all all all reject"] });
}
const postgres = canRun ? await startWithTls() : undefined;

describe.skipIf(!postgres)("PostgreSQL with TLS", () => {
  const base = `postgres://kabar@127.0.0.1:${postgres?.port}`;
  const query = async <T>(text: string): Promise<T[]> =>
    (await postgres?.query<T>(text, `${base}/postgres?sslmode=require`)) ?? [];
  let made = 0;
  async function createDatabase(): Promise<{ name: string; url: string }> {
    const name = `tls_${++made}`;
    await query(`CREATE DATABASE ${name}`);
    return { name, url: `${base}/${name}` };
  }
  const trusting = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };

  test("is used by every connection when the address asks for a verified certificate", async () => {
    const { name, url } = await createDatabase();
    const kabar = await startKabar({ env: { ...trusting, KABAR_LOG: `${url}?sslmode=verify-full` } });
    const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
    const reply = await fetch(`${kabar.url}/api/topics/lobby/messages`, {
      method: "POST",
      headers,
      body: "hi",
    });
    expect(reply.status).toBe(201);
    const connections = () =>
      query<{ ssl: boolean }>(
        `SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.datname = '${name}'`,
      );
    await until("the connections", async () => (await connections()).length > 5);
    expect((await connections()).every(({ ssl }) => ssl)).toBeTrue();
    await kabar.stop();
  });

  test.each([
    ["an authority that is not known here", {}, "127.0.0.1"],
    ["another host's name", trusting, "localhost"],
  ])("refuses the start for %s with an error that hides the address", async (_, env, host) => {
    const { url } = await createDatabase();
    const address = `${url.replace("127.0.0.1", host)}?sslmode=verify-full`;
    const failure = await startKabar({ env: { ...env, KABAR_LOG: address } }).then(
      async (kabar) => {
        await kabar.stop();
        return "it started";
      },
      (error: Error) => error.message,
    );
    expect(failure).toContain("PostgreSQL's certificate is not trusted");
    expect(failure).not.toContain(address);
  });
});
