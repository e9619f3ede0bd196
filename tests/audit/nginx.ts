/**
 * A real nginx between clients and the bad network, with the very `location` that docs/OPERATIONS.md tells owners to write.
 * It is stopped, started and told to reload while clients talk through it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram } from "../support/parts.ts";

/** Whether this machine has nginx. */
export const hasNginx: boolean = hasProgram(["nginx", "-v"]);

const DOCS = join(import.meta.dir, "..", "..", "docs", "OPERATIONS.md");
/** Guards against a hang. */
const START_DEADLINE_MS = 10_000;

/** The locations of docs/OPERATIONS.md, with another server behind them. */
function readLocations(upstream: string): string {
  const block = /```nginx\n(.*?)```/s.exec(readFileSync(DOCS, "utf8"))?.[1];
  if (block === undefined) throw new Error("docs/OPERATIONS.md has no nginx block");
  return block.replaceAll("http://127.0.0.1:3000", upstream);
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, "127.0.0.1");
    probe.once("connect", () => resolve(true));
    probe.once("error", () => resolve(false));
    probe.once("close", () => resolve(false));
    probe.once("connect", () => probe.destroy());
  });

export type Nginx = Awaited<ReturnType<typeof startNginx>>;

/** What a test adds to `http`, and how it changes the recipe. */
export interface NginxOptions {
  http?: string;
  adapt?: (recipe: string) => string;
}

/** Starts nginx on a port, before the server at `upstream`. */
export async function startNginx(port: number, upstream: string, options: NginxOptions = {}) {
  const { http = "", adapt = (recipe: string) => recipe } = options;
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
${temporary}  server {
    listen 127.0.0.1:${port};
${adapt(readLocations(upstream))}  }
}
`,
  );

  async function launch() {
    const started = Bun.spawn(["nginx", "-c", config, "-e", join(folder, "error.log"), "-p", folder], {
      stdout: "ignore",
      stderr: "inherit",
    });
    const until = performance.now() + START_DEADLINE_MS;
    while (!(await isListening(port))) {
      if (started.exitCode !== null) throw new Error(`nginx ended with ${started.exitCode}`);
      if (performance.now() > until) throw new Error("nginx did not listen");
      await Bun.sleep(10);
    }
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
