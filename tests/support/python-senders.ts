/**
 * Senders from Python's package index, which a test installs once into a folder of the temporary ones. Where the index cannot be
 * reached, their tests are skipped with a line: it is no part of this machine.
 */
import { collect } from "./run.ts";
import { test } from "bun:test";
import { existsSync, mkdtempSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCommand } from "./parts.ts";

const PACKAGES = ["apprise==2.3.0", "slack_sdk==3.48.0", "ntfpy==0.0.12", "ntfy==2.7.1"];
/** The index answers within seconds, or is away. */
const INSTALL_MS = 60_000;
const FOLDER = join(tmpdir(), `kabar-python-senders-${Bun.hash(PACKAGES.join(" ")).toString(36)}`);

/** Installs the packages into FOLDER; false when that cannot be done. */
function install(): boolean {
  if (existsSync(FOLDER)) return true;
  if (!hasCommand("python3")) return false;
  const folder = mkdtempSync(join(tmpdir(), "kabar-senders-"));
  const options = [
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--timeout",
    "5",
    "--retries",
    "0",
  ];
  const { exitCode } = Bun.spawnSync(
    ["python3", "-m", "pip", "install", ...options, "--target", folder, ...PACKAGES],
    { stdout: "ignore", stderr: "ignore", timeout: INSTALL_MS },
  );
  if (exitCode !== 0) return false;
  // Another test file may have been faster.
  if (!existsSync(FOLDER)) renameSync(folder, FOLDER);
  return true;
}

/** A test that runs Python scripts with the senders; skipped with a notice where they cannot be had. */
export function testWithSenders(
  name: string,
  body: (run: (script: string, ...args: string[]) => Promise<string>) => Promise<unknown>,
): void {
  if (!install()) {
    console.warn(
      `NOTICE, Python's package index cannot be reached, skipped: "${name}" (${PACKAGES.join(", ")})`,
    );
    test.skip(name, () => undefined);
    return;
  }
  test(name, () =>
    body(async (script, ...args) => {
      const child = Bun.spawn(["python3", "-", ...args], {
        stdin: Buffer.from(script),
        env: { ...process.env, PYTHONPATH: FOLDER, NO_PROXY: "127.0.0.1", HOME: FOLDER },
        stdout: "pipe",
        stderr: "pipe",
      });
      const { out, err, code } = await collect(child);
      if (code !== 0) throw new Error(`the script ended with ${code}: ${err}`);
      return out;
    }),
  );
}
