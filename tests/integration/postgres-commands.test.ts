/** Commands of the shell that ask the running server, where the log is in PostgreSQL and no process holds the data folder. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { run } from "../support/run.ts";
import { OPERATOR_KEY, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS * 2);

const hint = "Debian: postgresql";
if (!postgresBin) testWith("PostgreSQL", false, hint)("commands over PostgreSQL", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;
afterAll(() => postgres?.remove());
const createDatabase = (): Promise<string> => postgres?.createDatabase() ?? Promise.reject(new Error(hint));

describe.skipIf(!postgres)("over PostgreSQL", () => {
  test("users, keys and doctor reach the running server", async () => {
    const log = await createDatabase();
    const kabar = await startKabar({ env: { KABAR_LOG: log, KABAR_MAX_SESSIONS: "500" } });
    const env = {
      KABAR_LOG: log,
      PORT: String(kabar.port),
      KABAR_DATA_DIR: kabar.dataDir,
      KABAR_OPERATOR_KEY: OPERATOR_KEY,
      KABAR_MAX_SESSIONS: "500",
    };
    const ana = await Client.open(kabar.url, { name: "Ana" });
    await ana.publish("lobby", "kept in a database");
    const { id } = ana.hello.user as { id: string };
    const exported = await run(["users", "export", id], { env });
    expect({ code: exported.code, err: exported.err }).toEqual({ code: 0, err: "" });
    expect(exported.out).toContain("kept in a database");
    const made = await run(["keys", "make", "deploys", "publish", "lobby"], { env });
    expect(made.code).toBe(0);
    const headers = { Authorization: `Bearer ${made.out.trim()}` };
    const post = { method: "POST", headers, body: "with the new key" };
    expect((await fetch(`${kabar.url}/api/topics/lobby/messages?name=Deploys`, post)).status).toBe(201);
    const looked = await run(["doctor", kabar.url], { env });
    expect(looked.code).toBe(0);
    expect(looked.out).toMatch(/^ok +log +PostgreSQL .* answers$/m);
    expect(looked.out).toMatch(/^ok +forwarded for +no proxy in between/m);
    await kabar.stop();
  });

  // Only root can start a program of another user.
  test.skipIf(process.getuid?.() !== 0)(
    "the operator's key is sent to no program of another user",
    async () => {
      const port = findFreePort();
      const folder = createFolder();
      writeFileSync(join(folder, "operator.key"), `${OPERATOR_KEY}\n`);
      const program = `let seen = ""; Bun.serve({ port: ${port}, hostname: "127.0.0.1", fetch(request) {
      seen += [...request.headers].join(); return new URL(request.url).pathname === "/seen" ? new Response(seen) : Response.json({}); } });
      console.log("listening");`;
      const stranger = Bun.spawn(
        ["setpriv", "--reuid=65534", "--clear-groups", process.execPath, "-e", program],
        { stdout: "pipe", cwd: "/tmp" },
      );
      try {
        for await (const bytes of stranger.stdout)
          if (new TextDecoder().decode(bytes).includes("listening")) break;
        const env = { KABAR_LOG: "postgres://a:b@127.0.0.1:1/c", PORT: String(port), KABAR_DATA_DIR: folder };
        const { code, err } = await run(["users", "export", "u:1"], { env });
        expect({ code, err }).toEqual({
          code: 2,
          err: `kabar: no Kabar server answers on port ${port}; start it first.\n`,
        });
        expect(await (await fetch(`http://127.0.0.1:${port}/seen`)).text()).not.toContain(OPERATOR_KEY);
      } finally {
        stranger.kill();
        await stranger.exited;
      }
    },
  );
});
