// Finds the pinned Bun and runs the server with it, for `npm start` and for the package's `kabar`: passes signals on, and ends
// the server when npm was stopped. Imports nothing but Node's own modules.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Whether a program is there and starts. Ubuntu's `chromium-browser` and `firefox` are scripts that ask for a snap. */
export const starts = (path) =>
  Boolean(path) && existsSync(path) && spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0;

/** Finds the folder of a package as a module at `from` would import it; undefined where it is not installed. */
function findPackage(name, from) {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Finds the pinned Bun: in its own package, or in the platform's package where the install step was skipped. */
export function findBun(from) {
  const own = findPackage("bun", from);
  if (own === undefined) return undefined;
  const platform = `@oven/bun-${process.platform === "win32" ? "windows" : process.platform}-${process.arch === "arm64" ? "aarch64" : "x64"}`;
  const names = [platform, `${platform}-musl`];
  const folders = names.map((name) => findPackage(name, join(own, "package.json")));
  const program = process.platform === "win32" ? "bun.exe" : "bun";
  return [
    join(own, "bin", "bun.exe"),
    ...folders.map((folder) => folder && join(folder, "bin", program)),
  ].find(starts);
}

export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
/** How often the launcher checks that npm still runs. */
const ORPHAN_CHECK_MS = 500;

/** The name and the parent of a process, where the system lists processes (Linux). */
function processInfo(pid) {
  try {
    const [, name, parent] = /\((.*)\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return { name, parent: Number(parent) };
  } catch {
    return {};
  }
}

/**
 * The parents whose end means that npm was stopped: npm's shell, and npm behind it. A signal may end either alone. Undefined
 * without npm: a launcher that was started by hand may outlive the shell that started it.
 */
function npmParents() {
  // The variable reaches everything that npm's scripts start: of `npm test` it says "test".
  if (!["start", "npx"].includes(process.env.npm_lifecycle_event)) return undefined;
  const { name, parent } = processInfo(process.ppid);
  return `${process.ppid} ${/^(ba|da|a|z|k)?sh$/.test(name ?? "") ? parent : ""}`;
}
/** Read before packages are installed, which takes long enough to be interrupted. */
const parentsAtStart = npmParents();

/** Whether npm was stopped since this program began. */
export const hasNpmEnded = () => npmParents() !== parentsAtStart;

/** Runs a Bun program in place of this one: with its output, its signals and its exit code. */
export function runBun(bun, args, options = {}) {
  const server = spawn(bun, args, { stdio: "inherit", ...options });
  for (const signal of SIGNALS) process.on(signal, () => server.kill(signal));
  // npm passes a signal to its shell, which ends without passing it on: the server would keep its port and its folder.
  const check = setInterval(() => {
    if (!hasNpmEnded()) return;
    // Once: a second signal ends a server that is saying goodbye to its sessions.
    clearInterval(check);
    server.kill("SIGTERM");
  }, ORPHAN_CHECK_MS).unref();
  server.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
