/** A real HAProxy before a server, with the configuration that docs/OPERATIONS.md gives, certificate included. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram } from "./parts.ts";
import { untilListening } from "./ports.ts";
import { readRecipe, substitute } from "./recipes.ts";

/** Whether this machine has HAProxy, and OpenSSL for its certificate. */
export const hasHaproxy: boolean = hasProgram(["haproxy", "-v"]) && hasProgram(["openssl", "version"]);

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
  // The server's address comes first: a free port may begin with 3000, too.
  let recipe = substitute(readRecipe("haproxy"), "127.0.0.1:3000", new URL(upstream).host);
  recipe = substitute(recipe, "bind :443", `bind 127.0.0.1:${port}`);
  recipe = substitute(recipe, "/etc/haproxy/chat.pem", both ?? "");
  const config = join(folder, "haproxy.cfg");
  writeFileSync(config, adapt(recipe));
  const child = Bun.spawn(["haproxy", "-db", "-f", config], { stdout: "ignore", stderr: "inherit" });
  await untilListening("haproxy", child, port);
  return {
    url: `https://127.0.0.1:${port}`,
    async stop(): Promise<void> {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
