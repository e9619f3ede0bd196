/** A real HAProxy before a server, with the configuration that docs/OPERATIONS.md gives, certificate included. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram } from "./parts.ts";

/** Whether this machine has HAProxy, and OpenSSL for its certificate. */
export const hasHaproxy: boolean = hasProgram(["haproxy", "-v"]) && hasProgram(["openssl", "version"]);

const DOCS = join(import.meta.dir, "..", "..", "docs", "OPERATIONS.md");
/** Guards against a hang. */
const START_DEADLINE_MS = 10_000;

function readRecipe(): string {
  const block = /```haproxy\n(.*?)```/s.exec(readFileSync(DOCS, "utf8"))?.[1];
  if (block === undefined) throw new Error("docs/OPERATIONS.md has no haproxy block");
  return block;
}

/** Puts a value in the place of a recipe's; throws when the recipe does not have it. */
export function substitute(recipe: string, from: string, to: string): string {
  if (!recipe.includes(from)) throw new Error(`the recipe in docs/OPERATIONS.md has no "${from}"`);
  return recipe.replace(from, to);
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, "127.0.0.1");
    probe.once("connect", () => resolve(true));
    probe.once("error", () => resolve(false));
    probe.once("close", () => resolve(false));
    probe.once("connect", () => probe.destroy());
  });

/** Starts HAProxy with TLS on a port, before the server at `upstream`. `adapt` changes the recipe for a test. */
export async function startHaproxy(port: number, upstream: string, adapt: (recipe: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), "kabar-haproxy-"));
  const [key, certificate, both] = ["key.pem", "cert.pem", "chat.pem"].map((name) => join(folder, name));
  const made = Bun.spawnSync(
    `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate}`.split(
      " ",
    ),
    { stderr: "pipe" },
  );
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
  writeFileSync(both ?? "", readFileSync(key ?? "", "utf8") + readFileSync(certificate ?? "", "utf8"));
  let recipe = substitute(readRecipe(), "bind :443", `bind 127.0.0.1:${port}`);
  recipe = substitute(recipe, "/etc/haproxy/chat.pem", both ?? "");
  recipe = substitute(recipe, "127.0.0.1:3000", new URL(upstream).host);
  const config = join(folder, "haproxy.cfg");
  writeFileSync(config, adapt(recipe));
  const child = Bun.spawn(["haproxy", "-db", "-f", config], { stdout: "ignore", stderr: "pipe" });
  const until = performance.now() + START_DEADLINE_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null)
      throw new Error(`haproxy ended with ${child.exitCode}: ${await new Response(child.stderr).text()}`);
    if (performance.now() > until) throw new Error("haproxy did not listen");
    await Bun.sleep(10);
  }
  return {
    url: `https://127.0.0.1:${port}`,
    async stop(): Promise<void> {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
