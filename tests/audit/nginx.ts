/**
 * A real nginx between clients and the bad network, with the site of examples/proxies/nginx.conf, without its TLS.
 * It is stopped, started and told to reload while clients talk through it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram, strict } from "../support/parts.ts";
import { untilListening } from "../support/ports.ts";
import { readRecipe, substitute, substituteAll } from "../support/recipes.ts";

/** Whether this machine has nginx. */
export const hasNginx: boolean = hasProgram(["nginx", "-v"]);

export type Nginx = Awaited<ReturnType<typeof startNginx>>;

/** What a test adds to `http`, and how it changes the recipe. */
export interface NginxOptions {
  http?: string;
  adapt?: (recipe: string) => string;
}

/** Starts nginx on a port, before the server at `upstream`. */
export async function startNginx(port: number, upstream: string, options: NginxOptions = {}) {
  const { http = "", adapt = (text: string) => text } = options;
  const [first = ""] = readRecipe("nginx.conf").split("# Or:");
  let recipe = substituteAll(first, "http://127.0.0.1:3000", upstream);
  recipe = substitute(recipe, "listen 443 ssl http2;", `listen 127.0.0.1:${port};`);
  recipe = recipe.replaceAll(/ssl_certificate.*;/g, "");
  const folder = mkdtempSync(join(tmpdir(), "kabar-nginx-"));
  const config = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${join(folder, name)};\n`)
    .join("");
  writeFileSync(
    config,
    `${process.getuid?.() === 0 ? "user root;\n" : ""}worker_processes 1;
daemon off;
pid ${join(folder, "nginx.pid")};
error_log ${join(folder, "error.log")} crit;
worker_shutdown_timeout 1s;
events { worker_connections 1024; }
http {
  access_log off;
  ${http}
${temporary}${adapt(recipe)}
}
`,
  );

  async function launch() {
    const started = Bun.spawn(["nginx", "-c", config, "-e", join(folder, "error.log"), "-p", folder], {
      stdout: "ignore",
      stderr: "inherit",
    });
    await untilListening("nginx", started, port);
    return started;
  }
  let child = await launch();

  return {
    url: `http://127.0.0.1:${port}`,
    /** Ends at once with every connection, and starts again. */
    async restart(): Promise<void> {
      child.kill("SIGTERM");
      await child.exited;
      child = await launch();
    },
    /** Reads its configuration again: a new worker takes new connections, the old one keeps what it has for a second. */
    reload: (): void => child.kill("SIGHUP"),
    async stop(): Promise<void> {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
    /** Ends it and removes its folder without waiting. */
    abandon(): void {
      child.kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts nginx where there is one; otherwise prints a line, and under STRICT_TESTS it is a failure. */
export async function bringNginx(
  upstream: string,
  port: number,
  onProgress: ((line: string) => void) | undefined,
): Promise<Nginx | undefined> {
  if (hasNginx) return startNginx(port, upstream);
  if (strict) throw new Error("nginx is missing on this machine: apt-get install nginx-light");
  onProgress?.("SKIPPED: clients behind nginx, which is missing (apt-get install nginx-light)");
  return undefined;
}
