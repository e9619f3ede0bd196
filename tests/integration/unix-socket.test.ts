/** A Unix socket in place of a port: behind nginx, for the commands of this machine, and after a server that was killed. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { on } from "../support/backups.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { hasProgram, SLOW_MS, testWith } from "../support/parts.ts";
import { findFreePort, untilListening } from "../support/ports.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import { useServers } from "../support/servers.ts";

setDefaultTimeout(SLOW_MS);

const start = useServers();

/** Asks a server over its socket. */
const ask = (socket: string, path: string): Promise<Response> =>
  fetch(`http://localhost${path}`, { unix: socket } as RequestInit);

test("a socket has its mode, is taken over from a killed server only, and goes with a clean end", async () => {
  const socket = join(createFolder(), "kabar.sock");
  const env = { KABAR_SOCKET: socket, KABAR_TRUSTED_PROXY_HOPS: "1" };
  const kabar = await start({ env });
  expect(kabar.output()).toContain(`Kabar is listening on unix:${socket}\n`);
  expect(statSync(socket).mode & 0o777).toBe(0o660);
  expect(await (await ask(socket, "/healthz")).text()).toBe("ok\n");
  expect((await on(createFolder(), [], { env })).err).toBe(
    `kabar: another program listens on the socket ${socket}; end it, or choose another socket.\n`,
  );

  const ofServer = { env: { ...env, KABAR_OPERATOR_KEY: OPERATOR_KEY } };
  expect(await on(kabar.dataDir, ["health"], ofServer)).toMatchObject({ code: 0, out: "ready\n" });
  expect((await on(kabar.dataDir, ["keys", "list"], ofServer)).code).toBe(0);
  expect((await on(kabar.dataDir, ["doctor"], ofServer)).out).toMatch(
    /^ok +server +answers on unix:.*, ready/m,
  );

  await kabar.kill();
  expect(existsSync(socket)).toBe(true);
  await kabar.restart();
  expect((await ask(socket, "/healthz")).status).toBe(200);
  expect(await kabar.stop()).toBe(0);
  expect(existsSync(socket)).toBe(false);

  writeFileSync(socket, "a file of somebody");
  expect((await on(createFolder(), [], { env })).err).toBe(
    `kabar: socket is ${socket}, which exists and is not a socket.\n`,
  );
  const missing = join(createFolder(), "none", "kabar.sock");
  const refused = await on(createFolder(), [], {
    env: { KABAR_SOCKET: missing, KABAR_TRUSTED_PROXY_HOPS: "1" },
  });
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringMatching(/^kabar: the server can't listen on the socket \S+: .+\n$/),
  ]);
});

testWith(
  "nginx",
  hasProgram(["nginx", "-v"]),
  "Debian: nginx-light",
)("nginx passes messages, sockets and addresses to the socket", async () => {
  const folder = createFolder();
  const socket = join(folder, "kabar.sock");
  await start({ env: { KABAR_SOCKET: socket, KABAR_SOCKET_MODE: "666", KABAR_TRUSTED_PROXY_HOPS: "1" } });
  Bun.spawnSync(["chmod", "755", folder]);
  const port = findFreePort();
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://unix:${socket};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`,
  );
  const nginx = Bun.spawn(["nginx", "-c", config, "-p", folder], { stderr: "ignore" });
  try {
    await untilListening("nginx", nginx, port);
    const client = await Client.open(`http://127.0.0.1:${port}`, { name: "Ana" });
    await client.ask("subscribe", { topic: "lobby" });
    await fetch(`http://127.0.0.1:${port}/api/topics/lobby/messages`, { method: "POST", body: "through" });
    const [message] = await client.messages(1);
    expect([message?.text, message?.user.id]).toEqual(["through", expect.stringMatching(/^a-/)]);
    client.line.close();
  } finally {
    nginx.kill();
    await nginx.exited;
  }
});
