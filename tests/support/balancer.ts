/** A real nginx before several nodes, with the configuration of examples/nodes/nginx.conf. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort, untilListening } from "./ports.ts";

const EXAMPLE = join(import.meta.dir, "..", "..", "examples", "nodes", "nginx.conf");
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** Starts nginx before nodes on these ports. Its answers name the node in `X-Node`, as host and port. */
export async function startBalancer(ports: readonly [number, number]) {
  const folder = mkdtempSync(join(tmpdir(), "kabar-balancer-"));
  const port = findFreePort();
  const replacements: [string, string][] = [
    ["worker_processes auto;", process.getuid?.() === 0 ? "user root;" : ""],
    ["worker_rlimit_nofile 200000;", `daemon off; pid ${folder}/pid; error_log ${folder}/error.log crit;`],
    ["worker_connections 50000;", "worker_connections 500;"],
    [
      "http {",
      `http { access_log off; add_header X-Node $upstream_addr always;\n${TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};\n`).join("")}`,
    ],
    ["listen 80;", `listen 127.0.0.1:${port};`],
    ["node1:3000", `127.0.0.1:${ports[0]}`],
    ["node2:3000", `127.0.0.1:${ports[1]}`],
    ["server node3:3000 fail_timeout=1s;", ""],
  ];
  let config = readFileSync(EXAMPLE, "utf8");
  for (const [from, to] of replacements) {
    if (!config.includes(from)) throw new Error(`examples/nodes/nginx.conf has no "${from}"`);
    config = config.replace(from, () => to);
  }
  const path = join(folder, "nginx.conf");
  writeFileSync(path, config);
  const child = Bun.spawn(["nginx", "-c", path, "-e", join(folder, "error.log"), "-p", folder], {
    stdout: "ignore",
    stderr: "inherit",
  });
  await untilListening("nginx", child, port);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop(): Promise<void> {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
