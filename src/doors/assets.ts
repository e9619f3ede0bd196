/**
 * Serves the widget's files, the demo pages and the documentation from memory, compressed and with entity tags. Lists the
 * files with their integrity hashes. Older builds stay in the data folder, and those of all nodes in the database of a
 * cluster, so that a pinned address keeps its bytes.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { copyBuilt, type WidgetManifest } from "../../widget/built.ts";
import { findCurrent, noteSources, readTimes } from "../../widget/sources.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { SHIPPED } from "../shipped-files.ts";
import { connectSources, hashSource } from "./html-page.ts";
import { drawBar, LOOK } from "./page-look.ts";
import { type AllowedOrigins, basePathOf, framingOf, ownAddress, routePath, withCors } from "./request.ts";

/** Cache time of immutable addresses: they contain a version or a hash of their bytes. */
const IMMUTABLE = "public, max-age=31536000, immutable";
/** Cache time of `/widget.js`, which is the newest version: a deploy reaches pages within this time. */
export const FIVE_MINUTES = "public, max-age=300";
/** Files of other versions that are looked for at once: with the database away each look takes seconds. */
const MAX_WANTED = 64;
/** When to try again after that. */
const RETRY_MS = 1000;
const SCRIPT = "text/javascript; charset=utf-8";
const PLAIN_TEXT = "text/plain; charset=utf-8";
/** The addresses of a version's script and of chunks. */
export const PINNED = /^\/widget(?:@[0-9A-Za-z.+-]{1,64}|\/[a-z0-9-]{1,64})\.js$/;

/** The files of the console, which no other page loads; the shortest name is the one that its page loads. */
const CONSOLE_FILE = /^\/widget\/console-/;
const CONSOLE_ENTRY = /^\/widget\/console-[0-9a-z]{8}\.js$/;

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#2f5bea" d="M6 3h20a4 4 0 0 1 4 4v12a4 4 0 0 ' +
  '1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4z"/></svg>';

/** A file in memory. */
export interface Asset {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
  type: string;
  cache: string;
  compressed: Map<string, Promise<Uint8Array<ArrayBuffer>>>;
}

/** Creates an asset; `cache` is its `Cache-Control`. */
export const createAsset = (bytes: Uint8Array<ArrayBuffer>, type: string, cache: string): Asset => ({
  bytes,
  etag: `"${Bun.hash(bytes).toString(36)}"`,
  type,
  cache,
  compressed: new Map(),
});

/** The decoded path: browsers may send the `@` of a version as %40. Throws `not-found` for an invalid encoding. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new KabarError("not-found");
  }
}

export type Assets = Awaited<ReturnType<typeof loadAssets>>;

/** The best compression that an `Accept-Encoding` header allows. */
export const encodingOf = (accepted: string): "br" | "gzip" | undefined =>
  /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : undefined;

/** Compresses a file as well as possible. Loads the library with the first file: a start does not wait for it. */
async function compress(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: "br" | "gzip",
): Promise<Uint8Array<ArrayBuffer>> {
  const { brotliCompress, constants, gzip } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    const take = (error: Error | null, result: Uint8Array) =>
      error ? reject(error) : resolve(new Uint8Array(result));
    if (encoding === "gzip") gzip(bytes, take);
    else brotliCompress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }, take);
  });
}

/** Answers with an asset in the compression that the request allows, or 304 when the client has it. Compresses once. */
export async function sendAsset(request: Request, asset: Asset): Promise<Response> {
  const headers: Record<string, string> = {
    "Content-Type": asset.type,
    "Cache-Control": asset.cache,
    ETag: asset.etag,
    Vary: "Accept-Encoding",
  };
  if (request.headers.get("if-none-match")?.includes(asset.etag)) {
    return withCors(new Response(null, { status: 304, headers }));
  }
  const accepted = request.headers.get("accept-encoding") ?? "";
  const encoding = encodingOf(accepted);
  const sized = (bytes: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) => {
    const length = String(bytes.byteLength);
    return withCors(new Response(bytes, { headers: { ...headers, ...more, "Content-Length": length } }));
  };
  if (!encoding) return sized(asset.bytes);
  let compressed = asset.compressed.get(encoding);
  if (!compressed) {
    compressed = compress(asset.bytes, encoding);
    asset.compressed.set(encoding, compressed);
  }
  return sized(await compressed, { "Content-Encoding": encoding });
}

/** The links of the bar on the pages for owners. */
const GUIDES =
  '<a href="docs/WIDGET.md">Widget</a><a href="docs/OPERATIONS.md">Server</a><a href="docs/PROTOCOL.md">Protocol</a>';

/** Reads a page of the widget's folder and puts the shared look into it. Returns it with the policy of its own style and script. */
async function loadPage(name: string): Promise<{ html: string; policy: string }> {
  const source = await Bun.file(join(SHIPPED, "widget/pages", `${name}.html`)).text();
  const html = source
    .replace("/* {{look}} */", () => LOOK)
    .replace("<!-- {{bar}} -->", () => drawBar("./", GUIDES));
  const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
  const [, script = ""] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? [];
  const policy = `default-src 'none'; style-src ${hashSource(style)}; script-src 'self' ${hashSource(script)}`;
  return { html, policy };
}

/** Puts this version's widget into the folder: an executable has it built, a checkout builds it when its sources have changed. */
async function openWidget(folder: string): Promise<WidgetManifest> {
  if (Bun.isStandaloneExecutable) return copyBuilt(join(SHIPPED, "dist/widget"), folder);
  const times = readTimes();
  const current = await findCurrent(folder, times);
  if (current) return current;
  const { ensureWidget } = await import("../../widget/build.ts");
  const manifest = await ensureWidget(folder);
  await noteSources(folder, times, manifest.key);
  return manifest;
}

/** Puts this version's widget into the data folder, and lists all files. A file is read when it is first wanted, or by `readAll`. */
export async function loadAssets(
  config: Pick<Config, "dataDir" | "publicUrl">,
  origins: AllowedOrigins,
  cluster: Pick<Cluster, "isAlone" | "shareFiles" | "file">,
) {
  const folder = join(config.dataDir, "widget");
  const manifest = await openWidget(folder);
  const basePath = basePathOf(config);
  const pages = { demo: await loadPage("demo"), plain: await loadPage("plain") };
  /** Files of this version that are served, by their paths: how each is read. */
  const known = new Map<string, () => Promise<Asset>>();
  /** Files in memory. */
  const assets = new Map<string, Asset>();
  /** Files that are being read or looked for. */
  const wanted = new Map<string, Promise<Asset | undefined>>();

  const read = (path: string, type: string, cache: string) => async (): Promise<Asset> =>
    createAsset(await Bun.file(path).bytes(), type, cache);

  for (const { path, file, immutable } of manifest.files)
    known.set(path, read(join(folder, file), SCRIPT, immutable ? IMMUTABLE : FIVE_MINUTES));
  const docs = join(SHIPPED, "docs");
  // An installation may leave the documentation out.
  for (const name of await readdir(docs).catch(() => []))
    if (name.endsWith(".md")) known.set(`/docs/${name}`, read(join(docs, name), PLAIN_TEXT, FIVE_MINUTES));
  const overview = Bun.file(join(SHIPPED, "llms.txt"));
  if (await overview.exists())
    known.set("/llms.txt", async () => {
      // A server serves `docs/`; the files beside it are in a checkout only.
      const lines = (await overview.text()).split("\n").filter((line) => !/\]\((?!docs\/)/.test(line));
      return createAsset(new TextEncoder().encode(lines.join("\n")), PLAIN_TEXT, FIVE_MINUTES);
    });

  /** A file of another version, if the data folder or a node of the cluster has it. */
  async function findOlder(path: string): Promise<Asset | undefined> {
    const file = Bun.file(join(folder, path.slice(1).replaceAll("/", "-")));
    if (await file.exists()) return createAsset(await file.bytes(), SCRIPT, IMMUTABLE);
    const content = await cluster.file(path);
    return content === undefined
      ? undefined
      : createAsset(new TextEncoder().encode(content), SCRIPT, IMMUTABLE);
  }

  /** Reads or finds a file, and keeps it. */
  async function keep(path: string): Promise<Asset | undefined> {
    const asset = await (known.get(path)?.() ?? findOlder(path));
    if (asset) assets.set(path, asset);
    return asset;
  }

  /** Looks for a file once, however many requests want it. Throws `log-unavailable` while too many files of other versions are wanted. */
  function lookFor(path: string): Promise<Asset | undefined> {
    if (!known.has(path) && !wanted.has(path) && wanted.size >= MAX_WANTED)
      throw new KabarError("log-unavailable", "Too many files of other versions are wanted.", RETRY_MS);
    const looking = wanted.get(path) ?? keep(path).finally(() => wanted.delete(path));
    wanted.set(path, looking);
    return looking;
  }

  /** Reads all files of this version, one after the other. From then on the files on the disk may change. */
  async function readAll(): Promise<void> {
    for (const path of known.keys()) if (!assets.has(path)) await lookFor(path);
  }

  if (!cluster.isAlone) {
    await readAll();
    const pinned = [...assets].filter(([, { cache }]) => cache === IMMUTABLE);
    await cluster.shareFiles(
      new Map(pinned.map(([path, { bytes }]) => [path, new TextDecoder().decode(bytes)])),
    );
  }

  return {
    manifest,
    readAll,

    /** The address of the console's script, relative to the server's own. */
    consoleScript: manifest.files.find(({ path }) => CONSOLE_ENTRY.test(path))?.path.slice(1) ?? "",

    /** `GET /widget.js`, its versions and its chunks, `/docs/…` and `/llms.txt` (llmstxt.org). Throws `not-found`. */
    async script(request: Request): Promise<Response> {
      const path = decodePath(routePath(request, basePath));
      if (!known.has(path) && !PINNED.test(path)) throw new KabarError("not-found");
      const asset = assets.get(path) ?? (await lookFor(path));
      if (!asset) throw new KabarError("not-found");
      return sendAsset(request, asset);
    },

    /**
     * `GET /widget.json`: the version, each file with its address, size and integrity hash, and an import map with the
     * hashes of the imported chunks (WHATWG HTML section 8.1.6.2): `integrity` on a tag covers the file of that tag only.
     */
    list(request: Request): Response {
      const address = ownAddress(request, config);
      const shared = manifest.files.filter(({ path }) => !CONSOLE_FILE.test(path));
      const files = shared.map(({ file: _, ...rest }) => ({ ...rest, url: address + rest.path }));
      const imported = files.filter(({ path }) => path.startsWith("/widget/"));
      const importmap = {
        integrity: Object.fromEntries(imported.map(({ url, integrity }) => [url, integrity])),
      };
      return withCors(
        Response.json(
          { version: manifest.version, files, importmap },
          { headers: { "Cache-Control": "no-cache" } },
        ),
      );
    },

    /** `GET /favicon.ico`: a speech bubble as SVG. Browsers go by the type, not by the name. */
    icon: (): Response =>
      new Response(ICON, {
        headers: { "Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=86400" },
      }),

    /** The demo page or the plain page, with this server's address in it. */
    page(request: Request, name: "demo" | "plain"): Response {
      const { html: template, policy } = pages[name];
      const address = ownAddress(request, config);
      const html = template
        .replaceAll("{{address}}", Bun.escapeHTML(address))
        .replaceAll("{{version}}", Bun.escapeHTML(manifest.version));
      const directives = [
        policy,
        `connect-src ${connectSources(request)}`,
        "img-src 'self' https:",
        "require-trusted-types-for 'script'",
        "base-uri 'none'",
        "form-action 'none'",
        framingOf(origins),
      ];
      return new Response(html, {
        headers: {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Length": String(Buffer.byteLength(html)),
          "Content-Security-Policy": directives.join("; "),
          "Cache-Control": "no-cache",
          "X-Content-Type-Options": "nosniff",
          "Referrer-Policy": "no-referrer",
        },
      });
    },
  };
}
