/** nginx with the nchan module: one worker, a channel a topic, WebSocket and server-sent events. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../support/ports.ts";
import { childrenOf, guardProcess, outputOf, type Peer, SERVER_CORE } from "../peer.ts";

const MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so";

const configOf = (folder: string, port: number): string => `
load_module ${MODULE};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
events { worker_connections 19000; use epoll; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  nchan_shared_memory_size 512M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    tcp_nodelay on;
    location ~ ^/pubsub/(.+)$ {
      nchan_pubsub websocket;
      nchan_channel_id $1;
      nchan_message_buffer_length 512;
      nchan_message_timeout 1m;
      nchan_subscriber_first_message newest;
    }
    location ~ ^/events/(.+)$ {
      nchan_subscriber eventsource;
      nchan_channel_id $1;
      nchan_message_buffer_length 512;
      nchan_message_timeout 1m;
      nchan_subscriber_first_message newest;
    }
  }
}
`;

export const nchan: Peer = {
  name: "nchan",
  title: "nginx, nchan",
  dialects: { json: "nchan", sse: "nchan-sse" },
  missing: async () =>
    existsSync(MODULE) && outputOf(["nginx", "-v"]) !== undefined
      ? undefined
      : "nginx with nchan is not on this machine (Debian: nginx-light, libnginx-mod-nchan)",
  async start() {
    const folder = mkdtempSync(join(tmpdir(), "kabar-bench-nchan-"));
    const port = findFreePort();
    const config = join(folder, "nginx.conf");
    writeFileSync(config, configOf(folder, port));
    const nginx = Bun.spawn(
      ["taskset", "-c", SERVER_CORE, "nginx", "-c", config, "-e", join(folder, "error.log"), "-p", folder],
      { stdout: "ignore", stderr: "ignore" },
    );
    const forget = guardProcess(nginx.pid);
    for (let tries = 0; tries < 100; tries++) {
      const answered = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      if (answered) break;
      await Bun.sleep(50);
    }
    const packages = outputOf(["dpkg-query", "-W", "nginx-common", "libnginx-mod-nchan"]) ?? "";
    const versionOf = (name: string): string =>
      new RegExp(`${name}\\t(?:\\d+:)?([\\d.]+)`).exec(packages)?.[1] ?? "";
    return {
      port,
      pids: [nginx.pid, ...childrenOf(nginx.pid)],
      version: `nginx ${versionOf("nginx-common")}, nchan ${versionOf("libnginx-mod-nchan")}`,
      async stop() {
        nginx.kill("SIGTERM");
        await nginx.exited;
        forget();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
