import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Plugin } from "esbuild";
import {
  BUDGET,
  bundleChat,
  CONSOLE,
  CONSOLE_LANGUAGE_BUDGET,
  ensureWidget,
  INTERNAL_NAME,
  weigh,
} from "../../widget/build.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

const LANGUAGES = ["ar", "de", "es", "fr", "hi", "id", "ja", "pt", "zh"];
const folder = createFolder();
const manifest = await ensureWidget(folder);
const sourcesOfWidget = (): string[] =>
  readdirSync(join(import.meta.dir, "../../widget"), { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
const read = (file: string) => Bun.file(join(folder, file)).bytes();

describe("the built widget", () => {
  test("keeps its budgets after brotli", () => {
    for (const { stage, bytes, budget } of weigh(manifest)) {
      expect({ stage, bytes, over: Math.max(0, bytes - budget) }).toEqual({ stage, bytes, over: 0 });
    }
  });

  test("keeps each language, its words for moderators and of the settings, below 2 KB each", () => {
    const languages = manifest.files.filter((f) =>
      /^\/widget\/[a-z]{2}(?:-moderation|-settings)?-[0-9a-z]{8}\.js$/.test(f.path),
    );
    expect(languages.length).toBe(3 * LANGUAGES.length);
    for (const { path, brotliBytes } of languages)
      expect({ path, over: Math.max(0, brotliBytes - BUDGET.language) }).toEqual({ path, over: 0 });
  });

  test("keeps the names of emoji in each language below 6 KB", () => {
    const names = manifest.files.filter((f) => /^\/widget\/[a-z]{2}-emoji-[0-9a-z]{8}\.js$/.test(f.path));
    expect(names.length).toBe(LANGUAGES.length);
    for (const { path, brotliBytes } of names)
      expect({ path, over: Math.max(0, brotliBytes - BUDGET.emojiLanguage) }).toEqual({ path, over: 0 });
  });

  test("keeps each language of the console, and its sentences for what the server says, below 8 KB each", () => {
    const languages = manifest.files.filter((f) => /^\/widget\/console-[a-z]{2}-console-/.test(f.path));
    expect(languages.length).toBe(2 * LANGUAGES.length);
    for (const { path, brotliBytes } of languages)
      expect({ path, over: Math.max(0, brotliBytes - CONSOLE_LANGUAGE_BUDGET) }).toEqual({ path, over: 0 });
  });

  test("has an emoji picker of no more than 6 KB", () => {
    const size =
      manifest.files.find((f) => f.path.startsWith("/widget/emoji-picker-"))?.brotliBytes ?? 99_999;
    expect(Math.max(0, size - 6_144)).toBe(0);
  });

  test("has a manifest with true sizes, hashes and immutable addresses", async () => {
    const shared = manifest.files.filter(({ path }) => !path.startsWith(`/widget/${CONSOLE}`));
    const paths = shared.map((f) => f.path.replace(/-[0-9a-z]{8}\.js$/, "-*.js"));
    expect([...paths.slice(0, 4), ...paths.slice(4).sort()]).toEqual([
      "/widget.js",
      `/widget@${manifest.version}-*.js`,
      "/push-worker.js",
      "/widget/core-*.js",
      ...[
        ...["ambient", "attention", "diagnosis", "emoji-picker", "extras", "gate", "growing", "languages"],
        ...[
          "mark-sync",
          "moderation",
          "moderation-languages",
          "name-form",
          "page",
          "palettes",
          "panel",
          "panel-back",
          "panel-size",
          "popup-menu",
          "push",
          "report-form",
          "search-sheet",
          "settings-languages",
          "settings-sheet",
          "streamed",
        ],
        "topic-tabs",
        ...LANGUAGES.flatMap((name) => [name, `${name}-moderation`, `${name}-emoji`, `${name}-settings`]),
      ]
        .map((name) => `/widget/${name}-*.js`)
        .sort(),
    ]);
    for (const { file, bytes, brotliBytes, integrity, immutable, path } of manifest.files) {
      const data = await read(file);
      expect(data.length).toBe(bytes);
      expect(brotliCompressSync(data).length).toBe(brotliBytes);
      expect(integrity).toBe(`sha384-${createHash("sha384").update(data).digest("base64")}`);
      expect(immutable).toBe(path !== "/widget.js" && path !== "/push-worker.js");
    }
  });

  test("uses nothing that a strict policy forbids", async () => {
    for (const { file } of manifest.files) {
      const text = await Bun.file(join(folder, file)).text();
      // Preact mentions innerHTML for `dangerouslySetInnerHTML`, which nothing of ours uses.
      const ours = text.replaceAll(/\.innerHTML|dangerouslySetInnerHTML/g, "");
      for (const word of [
        /\beval\(/,
        /new Function/,
        /innerHTML/,
        /document\.write/,
        /\bsrcdoc\b/,
        /beforeunload|"unload"/,
      ]) {
        expect({ file, word, found: word.test(ours) }).toEqual({ file, word, found: false });
      }
    }
    for (const name of sourcesOfWidget()) {
      const source = await Bun.file(join(import.meta.dir, "../../widget", name)).text();
      expect({
        name,
        found: /dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML|outerHTML/.test(source),
      }).toEqual({ name, found: false });
    }
  });
});

test("no rule uses `:has()` in a container query, which WebKit drops", async () => {
  const widget = join(import.meta.dir, "../../widget");
  for (const name of readdirSync(widget).filter((n) => n.endsWith(".css"))) {
    const css = await Bun.file(join(widget, name)).text();
    // The formatter ends a block of the outermost level with a brace in the first column.
    const queries = css.match(/^@container[\s\S]*?^\}/gm) ?? [];
    expect({ name, found: queries.some((query) => query.includes(":has(")) }).toEqual({ name, found: false });
  }
});

test("one hash is in the address of every chunk, and the core has each translation's", async () => {
  const chunks = manifest.files
    .map(({ path }) => path)
    .filter((path) => /^\/widget\/(?!console-)/.test(path));
  const hashes = new Set(chunks.map((path) => /-([0-9a-f]{8})\.js$/.exec(path)?.[1]));
  expect(hashes.size).toBe(1);
  const [hash = ""] = hashes;
  const core = new TextDecoder().decode(await read(`widget-core-${hash}.js`));
  // Every chunk makes the others' addresses from their names and the end of its own.
  expect(core).toContain(`import("./extras"+import.meta.url.slice(-12))`);
  for (const { file } of manifest.files.filter(({ path }) => path.includes(hash)))
    expect(new TextDecoder().decode(await read(file))).not.toContain(hash);
  const names = /\(\?:(ar(?:\|[a-z]{2})+)\)/.exec(core)?.[1]?.split("|") ?? [];
  expect(names).toEqual(LANGUAGES);
});

test("a change of what is loaded later changes no byte of the core", async () => {
  const change: Plugin = {
    name: "change",
    setup: ({ onLoad }) =>
      onLoad({ filter: /extras\/extras\.ts$/ }, async ({ path }) => ({
        contents: `${await Bun.file(path).text()}\nconsole.info("and a text more");`,
        loader: "ts",
      })),
  };
  const { files } = await bundleChat(JSON.stringify(manifest.version), [change]);
  const file = manifest.files.find(({ path }) => path.startsWith("/widget/core-"))?.file ?? "";
  // What is left of the core as it is served is the comment for Chromium.
  const served = new TextDecoder().decode(await read(file));
  expect(served.split(files[0]?.text ?? "not the core").slice(1)).toEqual([""]);
  expect(files.some(({ text }) => text.includes("and a text more"))).toBe(true);
});

test("an unchanged build is reused, and written again when a file is missing", async () => {
  const before = statSync(join(folder, "manifest.json")).mtimeMs;
  expect(await ensureWidget(folder)).toEqual(manifest);
  expect(statSync(join(folder, "manifest.json")).mtimeMs).toBe(before);
  rmSync(join(folder, manifest.files[2]?.file ?? ""));
  expect(await ensureWidget(folder)).toEqual(manifest);
  expect((await read(manifest.files[2]?.file ?? "")).length).toBeGreaterThan(0);
});

test("the same sources give the same bytes, built here or taken from an earlier build", async () => {
  const [cache, first, second] = [createFolder(), createFolder(), createFolder()];
  expect(await ensureWidget(first, cache)).toEqual(manifest);
  const marked = manifest.files.at(-1)?.file ?? "";
  writeFileSync(join(cache, marked), "taken from there");
  expect(await ensureWidget(second, cache)).toEqual(manifest);
  expect(await Bun.file(join(second, marked)).text()).toBe("taken from there");
  expect(await ensureWidget(createFolder(), "/dev/null/read-only")).toEqual(manifest);
});

test("servers that start together on one folder find whole files, and older ones stay", async () => {
  const shared = createFolder();
  writeFileSync(join(shared, "widget@0.0.1-00000000.js"), "old");
  const built = await Promise.all([ensureWidget(shared), ensureWidget(shared), ensureWidget(shared)]);
  for (const each of built) expect(each).toEqual(manifest);
  const files = readdirSync(shared);
  expect(files.filter((name) => name.endsWith(".part"))).toEqual([]);
  expect(files).toContain("widget@0.0.1-00000000.js");
});

test("no name of the wire, of storage, of an event or of an export is shortened", async () => {
  const widget = join(import.meta.dir, "../../widget");
  const wire = await Promise.all(
    ["protocol", "model"].map((name) => Bun.file(join(widget, `../src/${name}.ts`)).text()),
  );
  const core = await Bun.file(join(widget, "core.ts")).text();
  const storage = await Bun.file(join(widget, "client/storage.ts")).text();
  const sources = await Promise.all(sourcesOfWidget().map((name) => Bun.file(join(widget, name)).text()));
  const exported = sources.flatMap((text) =>
    [...text.matchAll(/export (?:async )?(?:function|const|class) (\w+)/g)].map((m) => m[1]),
  );
  const sent = [...core.matchAll(/emit\("[^"]+", \{([^}]*)\}/g)].flatMap((m) => m[1]?.match(/\w+/g) ?? []);
  const stored = [...storage.matchAll(/^ {2}(\w+)\??:.*;$/gm)].map((m) => m[1]);
  const fields = wire.flatMap((text) => [...text.matchAll(/[{;]?\s(\w+)\??: /g)].map((m) => m[1]));
  const globals = [globalThis, "", [], {}, Promise, new Map(), JSON, Object, Math].flatMap((thing) => {
    const names: string[] = [];
    for (let at: object | null = Object(thing); at; at = Object.getPrototypeOf(at))
      names.push(...Object.getOwnPropertyNames(at));
    return names;
  });
  const taken = new Set<string | undefined>([...exported, ...sent, ...stored, ...fields, ...globals]);
  expect([...taken].filter((name) => name !== undefined && INTERNAL_NAME.test(name))).toEqual([]);
});

test("the bytes do not depend on where the server was started", async () => {
  const [elsewhere, out] = [createFolder(), createFolder()];
  const script = `import { ensureWidget } from ${JSON.stringify(join(import.meta.dir, "../../widget/build.ts"))};
    console.log(JSON.stringify(await ensureWidget(${JSON.stringify(out)}, "/dev/null/none")));`;
  const child = Bun.spawn([process.execPath, "-e", script], { cwd: elsewhere, stdout: "pipe" });
  expect(await new Response(child.stdout).json()).toEqual(manifest);
});
