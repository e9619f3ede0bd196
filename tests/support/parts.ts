/**
 * Real parts that a machine may lack (a browser, Python's `websockets`, Redis). A test whose part is missing is
 * skipped with a loud line; under `npm test` and in CI (STRICT_TESTS=1) it fails instead.
 */
import { test } from "bun:test";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

type TestBody = () => Promise<unknown>;

/** A deadline for tests with real parts: a slow machine meets it, a hang does not. Files set it as their default. */
export const SLOW_MS = 60_000;

/** Whether a missing part is a failure. */
export const strict = process.env.STRICT_TESTS === "1";

/**
 * `test` where the part is present; otherwise a loud skip, or a failure when strict. `hint` says how to get it, `run` how
 * the test runs: `test.concurrent` beside others of its file.
 */
export function testWith(part: string, present: boolean, hint: string, run: typeof test.concurrent = test) {
  return (name: string, body: TestBody, timeoutMs?: number): void => {
    if (present) {
      run(name, body, timeoutMs);
    } else if (strict) {
      test(name, () => {
        throw new Error(`${part} is missing on this machine: ${hint}`);
      });
    } else {
      console.warn(`SKIPPED, ${part} is missing: "${name}" (${hint})`);
      test.skip(name, body);
    }
  };
}

/** The Chromium to test with: CHROMIUM_PATH, else Debian's package. Undefined when there is none. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
].find((path) => path !== undefined && existsSync(path));

/** Whether a command can be run and succeeds. */
export const hasProgram = (command: string[]): boolean => {
  try {
    return Bun.spawnSync(command, { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
  } catch {
    return false;
  }
};

/** A Python that has `websockets`: TEST_PYTHON, else the first `python3` on PATH that can import it. Undefined: none. */
export const pythonPath: string | undefined = [
  process.env.TEST_PYTHON,
  ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "python3")),
].find((path) => path && existsSync(path) && hasProgram([path, "-c", "import websockets"]));

/** Whether a command is on this machine: it answers `--version`. */
export const hasCommand = (name: string): boolean => hasProgram([name, "--version"]);

/** The Firefox to test with: FIREFOX_PATH, else Debian's package or one of that name. Undefined when there is none. */
export const firefoxPath: string | undefined = [
  process.env.FIREFOX_PATH,
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
].find((path) => path !== undefined && existsSync(path));

/** Whether WebKitGTK can be driven here: its WebDriver, its MiniBrowser and a screen in memory. */
export const hasWebKit: boolean = ["WebKitWebDriver", "Xvfb"].every((name) => Bun.which(name) !== null);

/** Words before a command that needs root rights: none for root itself. */
export const asRoot: readonly string[] = process.getuid?.() === 0 ? [] : ["sudo", "-n"];

/** Whether a command with root rights works here, `unshare --mount true` for example. */
export const hasRootRights = (command: string[]): boolean => hasProgram([...asRoot, ...command]);
