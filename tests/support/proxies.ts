/**
 * Real proxies with TLS before a server, each with its recipe of examples/proxies/: a site with a host name of its own, and
 * a site that serves Kabar below `/chat/`. Every proxy closes quiet connections early and compresses what it may.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasOpenssl, makeCertificate } from "./certificates.ts";
import { hasProgram } from "./parts.ts";
import { findFreePort, untilListening } from "./ports.ts";
import { readRecipe, substitute, substituteAll } from "./recipes.ts";

/** When the proxies close a quiet connection, in seconds: longer than until Kabar's first ping, shorter than until its second. */
const PROXY_IDLE_S = 6;
const APACHE_MODULES =
  "mpm_event authz_core proxy proxy_http headers alias ssl socache_shmcb http2 deflate filter".split(" ");
const APACHE_FOLDER = "/usr/lib/apache2/modules";

/** What a recipe is adapted to. */
interface Place {
  folder: string;
  /** The ports of the two sites. */
  port: number;
  pathPort: number;
  /** The files of the certificate: in parts, and in one. */
  certificate: string;
  key: string;
  both: string;
}

interface ProxyKind {
  name: string;
  /** The recipe's file. */
  file: string;
  present: boolean;
  hint: string;
  /** The recipe with a test's ports and files. The server's address is in it already. */
  adapt(recipe: string, place: Place): string;
  command(config: string, folder: string): string[];
  /** Whether one site serves both forms. */
  isOneSite?: true;
}

const isRoot = process.getuid?.() === 0;

/** Puts the files of the certificate in the place of a recipe's. */
const withCertificate = (recipe: string, folder: string, { certificate, key }: Place): string =>
  substituteAll(substituteAll(recipe, `${folder}/chat.pem`, certificate), `${folder}/chat.key`, key);

export const PROXIES: readonly ProxyKind[] = [
  {
    name: "nginx",
    file: "nginx.conf",
    present: hasOpenssl && hasProgram(["nginx", "-v"]),
    hint: "apt install nginx-light",
    adapt(recipe, place) {
      const { folder, port, pathPort } = place;
      let text = withCertificate(recipe, "/etc/nginx", place);
      for (const each of [port, pathPort])
        text = substitute(text, "listen 443 ssl", `listen 127.0.0.1:${each} ssl`);
      text = substituteAll(text, "proxy_read_timeout 1h", `proxy_read_timeout ${PROXY_IDLE_S}s`);
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${join(folder, name)};`,
      );
      return `${isRoot ? "user root;" : ""} worker_processes 1; daemon off; pid ${folder}/pid;
error_log ${folder}/error.log crit; events { worker_connections 1024; }
http { access_log off; ${temporary.join(" ")} gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;
${text}}`;
    },
    command: (config, folder) => ["nginx", "-c", config, "-e", join(folder, "error.log"), "-p", folder],
  },
  {
    name: "haproxy",
    file: "haproxy.cfg",
    present: hasOpenssl && hasProgram(["haproxy", "-v"]),
    hint: "apt install haproxy",
    isOneSite: true,
    adapt(recipe, { port, both }) {
      let text = substitute(recipe, "bind :443", `bind 127.0.0.1:${port}`);
      text = substitute(text, "/etc/haproxy/chat.pem", both);
      const gzip = "  compression algo gzip\n  compression type text/event-stream application/json";
      return substitute(text, "timeout tunnel 1h", `timeout tunnel ${PROXY_IDLE_S}s\n${gzip}`);
    },
    command: (config) => ["haproxy", "-db", "-f", config],
  },
  {
    name: "caddy",
    file: "Caddyfile",
    present: hasOpenssl && hasProgram(["caddy", "version"]),
    hint: "apt install caddy",
    adapt(recipe, { port, pathPort, certificate, key }) {
      const site = (each: number) =>
        `\nhttps://127.0.0.1:${each} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}\n\tencode gzip`;
      const text = substitute(recipe, "\nchat.example.com {", site(port));
      return `{\n\tadmin off\n\tauto_https off\n\tlog {\n\t\toutput discard\n\t}\n}\n${substitute(text, "\nexample.com {", site(pathPort))}`;
    },
    command: (config) => ["caddy", "run", "--config", config, "--adapter", "caddyfile"],
  },
  {
    name: "apache",
    file: "apache.conf",
    present: hasOpenssl && hasProgram(["apache2", "-v"]),
    hint: "apt install apache2",
    adapt(recipe, place) {
      const { folder, port, pathPort } = place;
      let text = withCertificate(recipe, "/etc/apache2", place);
      for (const each of [port, pathPort])
        text = substitute(text, "<VirtualHost *:443>", `<VirtualHost 127.0.0.1:${each}>`);
      text = substituteAll(text, "timeout=60", `timeout=${PROXY_IDLE_S}`);
      const modules = APACHE_MODULES.map(
        (name) => `LoadModule ${name}_module ${APACHE_FOLDER}/mod_${name}.so`,
      );
      return `${modules.join("\n")}
ServerName localhost
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
${isRoot ? "User www-data\nGroup www-data" : ""}
Listen 127.0.0.1:${port}
Listen 127.0.0.1:${pathPort}
SetOutputFilter DEFLATE
${text}`;
    },
    command: (config) => ["apache2", "-f", config, "-DFOREGROUND"],
  },
];

/** A certificate for this machine, and the file with both that HAProxy wants. */
function makeProxyCertificate(folder: string): Pick<Place, "certificate" | "key" | "both"> {
  const made = makeCertificate(folder, "proxy");
  const both = join(folder, "chat.pem");
  writeFileSync(both, readFileSync(made.key, "utf8") + readFileSync(made.certificate, "utf8"));
  return { ...made, both };
}

export interface RunningProxy {
  /** The site with a host name of its own, and the one that serves Kabar below `/chat/`; without a slash at the end. */
  url: string;
  pathUrl: string;
  stop(): Promise<void>;
}

/** Starts a proxy before the server at `upstream`. */
export async function startProxy(kind: ProxyKind, upstream: string): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), `kabar-${kind.name}-`));
  const port = findFreePort();
  const pathPort = kind.isOneSite ? port : findFreePort();
  const place = { folder, port, pathPort, ...makeProxyCertificate(folder) };
  // The server's address comes first: a free port may begin with 3000, too.
  const recipe = substituteAll(readRecipe(kind.file), "127.0.0.1:3000", new URL(upstream).host);
  const config = join(folder, "config");
  writeFileSync(config, kind.adapt(recipe, place));
  const child = Bun.spawn(kind.command(config, folder), {
    env: { ...process.env, HOME: folder },
    stdout: "ignore",
    stderr: "inherit",
  });
  await untilListening(kind.name, child, pathPort);
  return {
    url: `https://127.0.0.1:${port}`,
    pathUrl: `https://127.0.0.1:${pathPort}/chat`,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
