/**
 * Builds what a page loads: the loader (a classic script) and the chunk it imports, hashed and minified. The
 * server calls `ensureWidget` when it starts; a folder that already holds this build is returned at once, and one that
 * doesn't gets the build that lies beside the sources, if it is of these sources. As a command it prints the sizes and fails
 * when one is over budget.
 */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { BuildOptions, Plugin } from "esbuild";
import type { MinifyOptions } from "terser";
import terserPackage from "terser/package.json";
import {
  type Built,
  findBuilt,
  readBuilt,
  type WidgetFile,
  type WidgetManifest,
  writeBuilt,
} from "./built.ts";
import { keyOfSources } from "./sources.ts";

/** Bytes after brotli, and why: widget.js is paid by every page view, the rest by those who see the chat. */
export const BUDGET = {
  loader: 3_072,
  total: 22_528,
  moderation: 5_120,
  emoji: 6_144,
  language: 2_048,
  emojiLanguage: 6_144,
} as const;

/** Bytes of the whole console after brotli, in English. Owners pay them once, visitors never. */
const CONSOLE_BUDGET = 47_104;
/** Bytes of a language of the console after brotli. */
export const CONSOLE_LANGUAGE_BUDGET = 8_192;

/** Names of Preact's API: Preact is in the bundle, and only our components use it. */
const PREACT =
  "props|current|context|vnode|diffed|setState|contextType|shouldComponentUpdate|componentWillMount|componentDidMount|componentWillUpdate|componentDidUpdate|componentWillUnmount|componentWillReceiveProps|componentDidCatch|getSnapshotBeforeUpdate|getDerivedStateFromProps|getDerivedStateFromError|getChildContext|debounceRendering";
/**
 * Property names that the bundles shorten. A name that ends in `_` stays between our own files; what a page, storage or the
 * wire sees has no `_`.
 */
export const INTERNAL_NAME = new RegExp(`[a-z0-9]_$|^(?:${PREACT})$`);

/**
 * Chunks whose functions nearly all run, and the comment that makes Chromium compile those beside the main thread (explicit compile
 * hints, Chromium 136). Must be the first line.
 */
const EAGER = /^(?:core|extras|page)-/;
const COMPILE_ALL = "//# allFunctionsCalledOnLoad\n";

/** The beginning of the names of the owner's console and its chunks, which no page with a widget loads. */
export const CONSOLE = "console-";

/** The service worker for push messages: always the newest, because browsers look for a newer one at this address. */
const PUSH_WORKER = "/push-worker.js";

/**
 * The end of every chunk's address, `-1a2b3c4d.js`, as a chunk takes it from its own. No chunk has the hash of all in its text, so
 * that a change of what is loaded later does not change a byte of the core, nor its size after compression.
 */
const OWN_END = "import.meta.url.slice(-12)";

/** The end of a name with esbuild's hash. */
const HASHED_END = /-[0-9A-Z]{8}\.js$/;

/** How terser shortens. Getters of ours have no effects; nobody reads a function's `length` or its parameters' names. */
const SHORTEN: MinifyOptions = {
  ecma: 2020,
  toplevel: true,
  compress: {
    passes: 4,
    // A function with statements of its own stays one: written at each of its calls it takes more bytes.
    inline: 1,
    lhs_constants: false,
    booleans: false,
    unsafe: true,
    pure_getters: true,
    keep_fargs: false,
    unsafe_arrows: true,
    unsafe_methods: true,
  },
  format: { comments: false },
};

const here = import.meta.dir;
const root = join(here, "..");
const CACHE = join(root, "dist/widget");

const digest = (algorithm: string, data: string | Uint8Array) => createHash(algorithm).update(data);
const hash8 = (data: string | Uint8Array) => digest("sha256", data).digest("hex").slice(0, 8);

interface Part {
  /** Its name in a bundle: what it is and a hash. */
  name: string;
  text: string;
}

interface Bundle {
  /** The entry first, then the chunks that it imports when it needs them. */
  files: Part[];
  /** How names were shortened: the loader must use the same ones as the chunk it loads. */
  shortened: Record<string, string | false>;
}

/** Reads style sheets as minified texts. */
const styleSheets: Plugin = {
  name: "style-sheets",
  setup({ esbuild, onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await Bun.file(path).text(), {
        loader: "css",
        minify: true,
      });
      // esbuild keeps every space in custom properties, and quotes around words: none of ours means anything.
      const contents = code
        .trim()
        .replaceAll(/([,:]) /g, "$1")
        .replaceAll(/="([a-z-]+)"\]/g, "=$1]");
      return { contents, loader: "text" };
    });
  },
};

/** How esbuild reads the widget's sources, whatever it makes of them. */
export const READING = {
  bundle: true,
  write: false,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  // `h` instead of the JSX runtime: a little smaller.
  tsconfigRaw: {},
  jsx: "transform",
  jsxFactory: "h",
  jsxFragment: "Fragment",
  plugins: [styleSheets],
  logLevel: "silent",
} as const satisfies BuildOptions;

/** How a bundle differs from the others. */
interface BundleOptions {
  /** Names that another bundle has shortened, and how. */
  mangleCache?: Record<string, string | false>;
  /** The beginning of the names of its chunks; then names of properties stay as they are, so that fields of JSON need no care. */
  prefix?: string;
  /** Whether chunks find each other by the end of their own address. */
  hasOneHash?: boolean;
  plugins?: Plugin[];
}

/** Names the chunks that a chunk imports by the end of its own address. Throws where it imports one at once. */
function withOwnEnd(text: string, names: readonly string[]): string {
  let result = text;
  for (const name of names) {
    result = result.replaceAll(`"./${name}"`, `"./${name.replace(HASHED_END, "")}"+${OWN_END}`);
  }
  if (/\b(?:from|import)"\./.test(result))
    throw new Error("A chunk imports another at once: load it by `import()`, or with one entry.");
  return result;
}

/** Leaves out what is imported later. */
const withoutLater: Plugin = {
  name: "without-later",
  setup: ({ onResolve }) =>
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    ),
};

/**
 * How esbuild shortens the names of properties in an entry alone. Its own are the shortest ones then, and a change of what is
 * loaded later does not change a byte of it.
 */
async function shortenFirst(
  entry: string,
  define: Record<string, string>,
): Promise<Record<string, string | false>> {
  const esbuild = await import("esbuild");
  const { mangleCache = {} } = await esbuild.build({
    ...READING,
    plugins: [withoutLater, ...READING.plugins],
    entryPoints: [join(here, entry)],
    absWorkingDir: root,
    outdir: here,
    minify: true,
    format: "esm",
    mangleProps: INTERNAL_NAME,
    mangleCache: {},
    define,
  });
  return mangleCache;
}

/** The chat: `core`, and what it loads. Plugins are for tests, which change what is loaded later. */
export async function bundleChat(versionText: string, plugins: Plugin[] = []): Promise<Bundle> {
  const words = { __VERSION__: versionText, __ONE_HASH__: "true" };
  const mangleCache = await shortenFirst("core.ts", words);
  return bundle("core.ts", "esm", words, { mangleCache, hasOneHash: true, plugins });
}

async function bundle(
  entry: string,
  format: "iife" | "esm",
  define: Record<string, string>,
  { mangleCache = {}, prefix, hasOneHash = false, plugins = [] }: BundleOptions = {},
): Promise<Bundle> {
  const esbuild = await import("esbuild");
  const { minify } = await import("terser");
  const result = await esbuild.build({
    ...READING,
    plugins: [...plugins, ...READING.plugins],
    entryPoints: [join(here, entry)],
    // Names are shortened in the order of paths as seen from here, wherever the server was started.
    absWorkingDir: root,
    splitting: format === "esm",
    outdir: here,
    entryNames: "[name]-[hash]",
    chunkNames: `${prefix ?? ""}[name]-[hash]`,
    minify: true,
    // Terser takes it out again, but not out of the hash in the name: other tools, other bytes, another address.
    banner: { js: `//${terserPackage.version}` },
    format,
    ...(prefix === undefined ? { mangleProps: INTERNAL_NAME, mangleCache } : {}),
    define,
  });
  // esbuild bundles, terser shortens what is left: names by how often they occur, about 650 bytes after brotli.
  // One after the other: terser counts letters in one place for all, and the same sources shall give the same bytes.
  const files: Part[] = [];
  const names = result.outputFiles.map(({ path }) => basename(path));
  for (const { path, text } of result.outputFiles) {
    // Before terser: it gives names by the letters that occur, those of hashes among them.
    const { code } = await minify(hasOneHash ? withOwnEnd(text, names) : text, {
      ...SHORTEN,
      module: format === "esm",
    });
    files.push({ name: basename(path), text: code ?? text });
  }
  const start = `${basename(entry).replace(/\.tsx?$/, "")}-`;
  const rank = ({ name }: Part) => (name.startsWith(start) ? 0 : 1);
  files.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  return { files, shortened: result.mangleCache ?? {} };
}

/** The name in the folder of what is served at a path. */
const fileOf = (path: string): string => path.slice(1).replaceAll("/", "-");

function describe(path: string, file: string, data: Uint8Array, immutable: boolean): WidgetFile {
  return {
    path,
    file,
    bytes: data.length,
    brotliBytes: brotliCompressSync(data).length,
    integrity: `sha384-${digest("sha384", data).digest("base64")}`,
    immutable,
  };
}

/** Bundles everything. */
async function build(key: string, packageText: string): Promise<Built> {
  const { version } = JSON.parse(packageText) as { version: string };
  const versionText = JSON.stringify(version);
  const core = await bundleChat(versionText);
  // One hash of all chunks in place of esbuild's hash of each: whoever knows one address knows all, so that nobody waits for
  // a chunk to learn the address of the next.
  const hash = hash8(core.files.map(({ name, text }) => name + text).join("\0"));
  const chunks = core.files.map(({ name, text }) => ({
    path: `/widget/${name.replace(HASHED_END, `-${hash}.js`)}`,
    data: new TextEncoder().encode((EAGER.test(name) ? COMPILE_ALL : "") + text),
  }));
  // Two parts that share code without a name of its own would take each other's address.
  if (new Set(chunks.map(({ path }) => path)).size < chunks.length)
    throw new Error("Two chunks have one name: import what they share from one entry.");
  // The console is one program: esbuild's own hashes, because the addresses of its chunks need not be known beforehand.
  const owners = await bundle(
    "console/console.tsx",
    "esm",
    { __VERSION__: versionText },
    { prefix: CONSOLE },
  );
  const lowered = (text: string) =>
    owners.files.reduce((t, { name }) => t.replaceAll(name, name.toLowerCase()), text);
  const consoleChunks = owners.files.map(({ name, text }) => ({
    path: `/widget/${name.toLowerCase()}`,
    data: new TextEncoder().encode(lowered(text)),
  }));
  const [worker] = (await bundle("push/push-worker.ts", "iife", {}, { prefix: "push-" })).files;
  if (!worker) throw new Error("esbuild made no service worker.");
  const workerData = new TextEncoder().encode(worker.text);
  const workerFile = `push-worker-${hash8(workerData)}.js`;
  const names = { __VERSION__: versionText, __CORE__: JSON.stringify(chunks[0]?.path.slice(1)) };
  const [script] = (await bundle("loader/embed.ts", "iife", names, { mangleCache: core.shortened })).files;
  if (!script) throw new Error("esbuild made no loader.");
  const loader = new TextEncoder().encode(COMPILE_ALL + script.text);
  const pinned = `/widget@${version}-${hash8(loader)}.js`;
  const files = [
    describe("/widget.js", fileOf(pinned), loader, false),
    describe(pinned, fileOf(pinned), loader, true),
    describe(PUSH_WORKER, workerFile, workerData, false),
    ...[...chunks, ...consoleChunks].map(({ path, data }) => describe(path, fileOf(path), data, true)),
  ];
  const contents = new Map(
    [{ path: pinned, data: loader }, ...chunks, ...consoleChunks].map((c) => [fileOf(c.path), c.data]),
  );
  contents.set(workerFile, workerData);
  return { manifest: { version, key, files }, contents };
}

/**
 * Makes sure that `outDir` holds the widget of these sources, and says what there is. Bundling takes seconds, so a build
 * is also kept in `cache`, beside the sources, from where a new data folder gets it.
 */
export async function ensureWidget(outDir: string, cache: string = CACHE): Promise<WidgetManifest> {
  const packageText = await Bun.file(join(root, "package.json")).text();
  const key = await keyOfSources(packageText);
  const present = await findBuilt(outDir, key);
  if (present) return present;
  const kept = await readBuilt(cache, key);
  const built = kept ?? (await build(key, packageText));
  await writeBuilt(outDir, built);
  // An installation may be read-only: then every new data folder is built for.
  if (!kept && cache !== outDir) await writeBuilt(cache, built).catch(() => undefined);
  return built.manifest;
}

/** Whether a file belongs to the console, and is not one of its languages. */
const isConsole = (path: string): boolean =>
  path.startsWith(`/widget/${CONSOLE}`) &&
  !/-[a-z]{2}-(?:console(?:-server)?|moderation)-\w+\.js$/.test(path);

/** What each stage weighs after brotli. */
export function weigh({ files }: WidgetManifest): { stage: string; bytes: number; budget: number }[] {
  const loader = files.find((f) => f.path === "/widget.js")?.brotliBytes ?? 0;
  const chunk = (name: string) =>
    files.find((f) => f.path.replace(/-[0-9a-z]{8}\.js$/, "") === `/widget/${name}`)?.brotliBytes ?? 0;
  return [
    { stage: "loader", bytes: loader, budget: BUDGET.loader },
    { stage: "loader and core", bytes: loader + chunk("core"), budget: BUDGET.total },
    { stage: "moderation", bytes: chunk("moderation") + chunk("report-form"), budget: BUDGET.moderation },
    {
      stage: "console, all of it",
      bytes: files.reduce((sum, { path, brotliBytes }) => sum + (isConsole(path) ? brotliBytes : 0), 0),
      budget: CONSOLE_BUDGET,
    },
    { stage: "emoji picker", bytes: chunk("emoji-picker"), budget: BUDGET.emoji },
  ];
}

if (import.meta.main) {
  const manifest = await ensureWidget(CACHE);
  const sizes = weigh(manifest);
  console.table(sizes.map((s) => ({ ...s, left: s.budget - s.bytes })));
  if (sizes.some((s) => s.bytes > s.budget)) {
    console.error("Over budget.");
    process.exit(1);
  }
}
