/** Mishaps of production servers: full disks, foreign files, closed terminals, variables set by orchestrators. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";
import { run as runProgram } from "../support/run.ts";
import { cleanEnv, startKabar } from "../support/server.ts";
import { useServers } from "../support/servers.ts";

setDefaultTimeout(SLOW_MS);

const ENTRY = join(import.meta.dir, "../../src/server.ts");
const linux = test.skipIf(process.platform !== "linux");

const start = useServers();

/** Runs the program to its end. `said` is what it wrote to both outputs. */
async function run(env: Record<string, string>, ...args: string[]): Promise<{ code: number; said: string }> {
  const { code, out, err } = await runProgram(args, { env });
  return { code, said: out + err };
}

describe("a secret in the data folder", () => {
  test.each(["", "\n", "short\n", "  fifteen-chars  \n"])(
    "that is %j is refused, by its file's name",
    async (text) => {
      for (const file of ["operator.key", "guest.secret"]) {
        const dataDir = createFolder();
        writeFileSync(join(dataDir, file), text);
        const { code, said } = await run({ KABAR_DATA_DIR: dataDir });
        expect(code).toBe(2);
        expect(said).toContain(join(dataDir, file));
        expect(said).toContain("Delete the file");
        expect(said.trim().split("\n").length).toBe(1);
      }
    },
  );

  test("is made whole and private, as is everything else, in a folder that others may enter", async () => {
    const dataDir = createFolder();
    chmodSync(dataDir, 0o755);
    for (const file of ["kabar.db", "operator.key"])
      if (file !== "kabar.db") writeFileSync(join(dataDir, file), "a-key-of-old-times\n", { mode: 0o644 });
    const kabar = await start({ dataDir, env: { KABAR_OPERATOR_KEY: "" } });
    await fetch(`${kabar.url}/api/topics/lobby/messages`, { method: "POST", body: "x" });
    const files = readdirSync(dataDir).filter((name) => statSync(join(dataDir, name)).isFile());
    expect(files).toContain("kabar.db-wal");
    expect(files.filter((name) => (statSync(join(dataDir, name)).mode & 0o077) !== 0)).toEqual([]);
    expect(files.filter((name) => name.endsWith(".part"))).toEqual([]);
    expect(kabar.output()).toContain("other users can enter the data folder");
  });

  test("that is empty opens no door", async () => {
    const kabar = await start();
    for (const key of ["", " "]) {
      const client = await Client.open(kabar.url, { key });
      expect(client.hello).toMatchObject({ type: "error", code: "bad-credential" });
    }
  });
});

test("allowed_origins without public_url is warned of at the start, with what to set", async () => {
  const WARNING = "allowed_origins is set without public_url";
  const origins = { KABAR_ALLOWED_ORIGINS: "https://example.com" };
  const kabar = await start({ env: origins });
  expect(kabar.output()).toContain(WARNING);
  const complete = await start({ env: { ...origins, KABAR_PUBLIC_URL: "http://chat.example:8080" } });
  const open = await start();
  expect(complete.output() + open.output()).not.toContain(WARNING);
});

linux(
  "a disk that fills at any moment of the first start ends it with one line; with room, the next start has good secrets",
  async () => {
    const script = `
    mount -t tmpfs -o mode=700,size=$SIZE kabar "$0" || exit 99
    "$@" > "$0.first" 2>&1 & wait $!; echo $? > "$0.code"
    mount -o remount,size=64m "$0" && exec "$@"`;
    for (const size of ["16k", "32k", "48k", "64k", "68k", "72k", "80k", "96k", "128k", "200k", "300k"]) {
      const dataDir = createFolder();
      const kabar = await startKabar({
        dataDir,
        env: { SIZE: size, KABAR_OPERATOR_KEY: "" },
        wrapper: (folder) => ["unshare", "-rm", "sh", "-c", script, folder],
      });
      const first = readFileSync(`${dataDir}.first`, "utf8").trim();
      const code = Number(readFileSync(`${dataDir}.code`, "utf8"));
      expect({ size, code: code === 1 || code === 2, lines: first.split("\n").length }).toEqual({
        size,
        code: true,
        lines: 1,
      });
      expect(first).toMatch(/disk is full|ENOSPC|no space|disk I\/O/i);
      for (const file of ["operator.key", "guest.secret"]) {
        const secret = readFileSync(`/proc/${kabar.pid()}/root${dataDir}/${file}`, "utf8").trim();
        expect({ size, file, long: secret.length >= 16 }).toEqual({ size, file, long: true });
      }
      await kabar.stop();
      for (const extra of [`${dataDir}.first`, `${dataDir}.code`]) rmSync(extra, { force: true });
    }
  },
);

describe("a log line that can't be written", () => {
  linux("is dropped: the server goes on and ends cleanly", async () => {
    const kabar = await start({
      wrapper: () => ["sh", "-c", 'exec "$@" 2>/dev/full', "sh"],
      env: { KABAR_LOG_LEVEL: "debug" },
    });
    const client = await Client.open(kabar.url);
    expect(await client.publish("lobby", "still here")).toMatchObject({ type: "ok" });
    client.close();
    expect(await kabar.stop()).toBe(0);
  });
});

describe("a signal", () => {
  test.each(["SIGHUP", "SIGINT", "SIGTERM"] as const)(
    "%s sends a goodbye to every session and exits with 0",
    async (signal) => {
      const kabar = await start();
      const client = await Client.open(kabar.url);
      process.kill(kabar.pid(), signal);
      expect(await client.events.next("goodbye")).toMatchObject({ type: "goodbye" } as never);
      expect(await client.line.closed).toEqual({ code: 4000, reason: "shutting-down" });
      expect(await kabar.stop()).toBe(0);
    },
  );

  test("that arrives twice, as Ctrl+C under `npm start` does, still says goodbye and ends with 0", async () => {
    const kabar = await start({ env: { KABAR_DRAIN_DELAY_MS: "300" } });
    const client = await Client.open(kabar.url);
    const goodbye = client.events.next("goodbye");
    process.kill(kabar.pid(), "SIGINT");
    while ((await fetch(`${kabar.url}/readyz`)).ok);
    process.kill(kabar.pid(), "SIGINT");
    expect(await goodbye).toMatchObject({ type: "goodbye" } as never);
    expect(await client.line.closed).toEqual({ code: 4000, reason: "shutting-down" });
    expect(await kabar.stop()).toBe(0);
  });
});

describe("the environment", () => {
  test("of a Kubernetes Service called kabar sets nothing", async () => {
    const kabar = await start({
      env: {
        KABAR_PORT: "tcp://10.0.0.5:3000",
        KABAR_SERVICE_HOST: "10.0.0.5",
        KABAR_SERVICE_PORT: "3000",
        KABAR_SERVICE_PORT_HTTP: "3000",
        KABAR_PORT_3000_TCP: "tcp://10.0.0.5:3000",
        KABAR_PORT_3000_TCP_PROTO: "tcp",
        KABAR_PORT_3000_TCP_PORT: "3000",
        KABAR_PORT_3000_TCP_ADDR: "10.0.0.5",
      },
    });
    expect((await fetch(`${kabar.url}/healthz`)).status).toBe(200);
  });

  test("with an unknown variable is refused by name", async () => {
    const { code, said } = await run({ KABAR_PROT: "3000", KABAR_DATA_DIR: createFolder() });
    expect([code, said.includes("KABAR_PROT")]).toEqual([2, true]);
  });

  test.each(["x86_64-conda-linux-gnu", "203.0.113.77", "nowhere.invalid"])(
    "with HOST=%s is refused with the wrong setting and the allowed values",
    async (host) => {
      const { code, said } = await run({
        HOST: host,
        KABAR_DATA_DIR: createFolder(),
        KABAR_LOG_LEVEL: "silent",
      });
      expect(code).toBe(2);
      expect(said).toContain(`HOST is "${host}"`);
      expect(said).toContain("127.0.0.1");
      expect(said.trim().split("\n").length).toBe(1);
    },
  );
});

describe("the data folder", () => {
  test("stays locked even when the lock file is removed", async () => {
    const kabar = await start();
    rmSync(join(kabar.dataDir, "kabar.lock"));
    const { code, said } = await run({ KABAR_DATA_DIR: kabar.dataDir });
    expect(code).toBe(2);
    expect(said).toContain("in use by another Kabar process");
  });

  test("whose parent is a file is refused in one line", async () => {
    const file = join(createFolder(), "file");
    writeFileSync(file, "");
    const { code, said } = await run({ KABAR_DATA_DIR: join(file, "data") });
    expect([code, said.trim().split("\n").length]).toEqual([2, 1]);
  });

  linux("with files of another owner is refused in one line, or served", async () => {
    for (const file of ["kabar.db", "kabar.lock", "operator.key", "guest.secret"]) {
      const dataDir = createFolder();
      mkdirSync(dataDir, { recursive: true });
      writeFileSync(join(dataDir, file), "", { mode: 0o400 });
      chmodSync(dataDir, 0o755);
      // A user of a namespace to whom root's file belongs to nobody it knows.
      const child = Bun.spawn(["setpriv", "--reuid=65534", "--clear-groups", process.execPath, ENTRY], {
        env: { ...cleanEnv(), PORT: "0", KABAR_DATA_DIR: dataDir, HOME: "/nonexistent" },
        stdout: "pipe",
        stderr: "pipe",
      });
      const said = (
        await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      ).join("");
      expect({ file, code: await child.exited, lines: said.trim().split("\n").length }).toEqual({
        file,
        code: 2,
        lines: 1,
      });
    }
  });
});

describe("a command of the shell", () => {
  test("sends the operator's key to no other program when no Kabar server runs", async () => {
    const dataDir = createFolder();
    writeFileSync(join(dataDir, "operator.key"), "the-key-of-the-operator\n");
    const heard: string[] = [];
    const stranger = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        heard.push(request.headers.get("authorization") ?? "");
        return Response.json({ keys: [], entries: [] });
      },
    });
    const env = { KABAR_DATA_DIR: dataDir, PORT: String(stranger.port) };
    expect((await run(env, "keys", "list")).code).toBe(0);
    await run(env, "users", "export", "u:1");
    expect(heard).toEqual([]);
    await stranger.stop(true);
  });
});

test("--check shows no secret, not even in an address", async () => {
  const { said } = await run(
    {
      KABAR_GATE_URL: "https://site.example/gate?secret=s3cret-word",
      KABAR_OPERATOR_KEY: "the-key-of-the-operator",
    },
    "--check",
  );
  expect(said).not.toContain("s3cret-word");
  expect(said).not.toContain("the-key-of");
});
