/** `npm start` under signals, with the real npm: whatever stops npm stops the server in order, and nothing else does. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFolderHeld } from "../../src/log/folder-lock.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { cleanEnv } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS * 2);

const ROOT = join(import.meta.dir, "../..");
const linux = test.skipIf(process.platform !== "linux");
/** Longer than the second after which another signal ends the server at once. */
const DRAIN_MS = 2500;
/** Longer than several looks of the launcher at its parents. */
const SEVERAL_LOOKS_MS = 2000;

/** A checkout whose packages are installed: its own launcher, beside the sources and packages of this one. */
function makeCheckout(): string {
  const root = createFolder();
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(ROOT, file), join(root, file));
  mkdirSync(join(root, ".ci"));
  for (const file of ["npm.mjs", "launch.mjs"]) cpSync(join(ROOT, ".ci", file), join(root, ".ci", file));
  symlinkSync(join(ROOT, "src"), join(root, "src"));
  mkdirSync(join(root, "node_modules"));
  for (const name of ["bun", "@oven"])
    symlinkSync(join(ROOT, "node_modules", name), join(root, "node_modules", name));
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  writeFileSync(join(root, "node_modules/.kabar-installed"), `all ${lock}`);
  return root;
}

interface Started {
  /** The process that the command line started. */
  child: Bun.Subprocess<"pipe">;
  url: string;
  dataDir: string;
  output(): string;
}

/** Ids of processes to end after a test, were it to fail. */
let left: number[] = [];
afterEach(() => {
  for (const pid of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }
  left = [];
});

/** Starts a command in a checkout of its own. */
const start = (...command: string[]): Promise<Started> => startIn(makeCheckout(), ...command);

/** Starts a command in a checkout and waits until its server listens. */
async function startIn(root: string, ...command: string[]): Promise<Started> {
  const port = findFreePort();
  const dataDir = join(root, "data");
  const log = join(root, "log");
  writeFileSync(log, "");
  const child = Bun.spawn(["sh", "-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log, ...command], {
    cwd: root,
    env: {
      ...cleanEnv(),
      PORT: String(port),
      KABAR_DATA_DIR: dataDir,
      KABAR_DRAIN_DELAY_MS: String(DRAIN_MS),
      KABAR_DRAIN_WINDOW_MS: "0",
    },
    stdin: "pipe",
    detached: true,
  });
  left.push(child.pid);
  const output = () => readFileSync(log, "utf8");
  await until("the server listens", () => output().includes("Kabar is listening"));
  left.push(...pidsOn(dataDir));
  return { child, url: `http://127.0.0.1:${port}`, dataDir, output };
}

/** The environment of a process, as the system lists it; empty when it has ended. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
/** The processes that were started with this data folder. */
const pidsOn = (dataDir: string): number[] =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`KABAR_DATA_DIR=${dataDir}\0`))
    .map(Number);

const stays = async ({ url }: Started) => (await fetch(`${url}/readyz`)).status === 200;

linux.each(["SIGTERM", "SIGKILL", "SIGHUP", "SIGINT"] as const)(
  "npm that ends by %s takes the server with it: goodbye to every session, all stored, no process left",
  async (signal) => {
    const started = await start("npm", "start");
    const client = await Client.open(started.url);
    expect(await client.publish("lobby", "before the end")).toMatchObject({ type: "ok" });
    // Ctrl+C reaches every process of the terminal; npm alone ignores it.
    process.kill(signal === "SIGINT" ? -started.child.pid : started.child.pid, signal);
    expect(await client.events.next("goodbye")).toMatchObject({ type: "goodbye" } as never);
    await until("the folder is free", () => !isFolderHeld(started.dataDir));
    await until("no process is left", () => pidsOn(started.dataDir).length === 0);
    expect(started.output()).toContain('"msg":"stopped"');
  },
);

linux("a shell that ends leaves the server that it started in the background alone", async () => {
  for (const command of ["nohup npm start &", "node .ci/npm.mjs start &", "npm start & disown"]) {
    const started = await start("bash", "-c", `${command} read -r`);
    started.child.stdin.end();
    await started.child.exited;
    await Bun.sleep(SEVERAL_LOOKS_MS);
    expect({ command, stays: await stays(started) }).toEqual({ command, stays: true });
    for (const pid of pidsOn(started.dataDir)) process.kill(pid, "SIGKILL");
  }
});

linux("packages that a link leads to are used as they are, and stay", async () => {
  const packages = createFolder();
  for (const name of ["bun", "@oven"]) symlinkSync(join(ROOT, "node_modules", name), join(packages, name));
  const root = makeCheckout();
  rmSync(join(root, "node_modules"), { recursive: true });
  symlinkSync(packages, join(root, "node_modules"));
  const started = await startIn(root, "npm", "start");
  expect(await stays(started)).toBe(true);
  expect(readdirSync(packages).sort()).toEqual(["@oven", "bun"]);
  expect(started.output()).not.toContain("installing");
});
