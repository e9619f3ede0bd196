/** The house rules that a machine can check: layers, cycles, sizes, documents that must agree with the source. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ENTRIES } from "../../.ci/executable.ts";
import { FOLDERS, withTree } from "../../.ci/tree.ts";
import { allowedBy } from "../../src/parsing.ts";
import { envName, fileKey, SETTINGS, type SettingKey } from "../../src/settings.ts";

const root = join(import.meta.dir, "../..");
const read = (path: string) => Bun.file(join(root, path)).text();
const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

/** The files that a source file imports, as paths from the root; packages are left out. */
async function importsOf(path: string): Promise<string[]> {
  const source = await read(path);
  const found = [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
  return found.map((target) => relative(root, join(root, path, "..", target)));
}

/** The order of the folders, ground first: a file imports only from its own folder, from earlier ones, or from the shared root. */
const ORDER = {
  src: [
    ["."],
    ["log"],
    ["topics", "users"],
    ["moderation"],
    ["chat"],
    ["hooks"],
    ["push"],
    ["doors"],
    ["schema"],
    ["parts"],
    ["cli"],
    ["server"],
  ],
  widget: [
    ["words"],
    ["client"],
    ["loader"],
    ["page"],
    ["chat"],
    ["moderation", "ambient", "console", "push"],
    ["extras"],
    ["core"],
    ["package"],
    ["built"],
    ["sources"],
    ["build", "describe"],
    ["dev"],
  ],
} as const;

/** A file's place in that order: its folder's name, or its own where it stands at the root and is listed. */
function rankOf(folder: "src" | "widget", path: string): [rank: number, part: string] {
  const [, first = "", rest] = path.split("/");
  const part = rest === undefined ? first.replace(/\..*$/, "") : first;
  const rank = ORDER[folder].findIndex((parts) => (parts as readonly string[]).includes(part));
  return rank >= 0 ? [rank, part] : [0, "."];
}

describe("the folders", () => {
  test("are all in the list that the tree of docs/ARCHITECTURE.md is drawn from", () => {
    const found = new Set([...files("src"), ...files("widget")].map((path) => dirname(path)));
    expect([...found].filter((folder) => !(folder in FOLDERS))).toEqual([]);
  });

  test.each(["src", "widget"] as const)("of %s import downwards only", async (folder) => {
    const wrong: string[] = [];
    for (const path of files(folder).filter((name) => !name.endsWith(".d.ts"))) {
      const [from, part] = rankOf(folder, path);
      for (const target of await importsOf(path)) {
        if (!target.startsWith(`${folder}/`) || !/\.tsx?$/.test(target)) continue;
        const [to, other] = rankOf(folder, target);
        if (to > from || (to === from && part !== other)) wrong.push(`${path} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("hold no file name twice", () => {
    for (const folder of ["src", "widget"]) {
      const names = files(folder).map((path) => path.replace(/.*\//, "").replace(/\.tsx?$/, ""));
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    }
  });

  test("are drawn in docs/ARCHITECTURE.md as they are: `bun run tree` writes it", async () => {
    const page = await read("docs/ARCHITECTURE.md");
    expect(page).toBe(withTree(page));
    expect(page).toContain("server.ts");
  });

  test("server and widget share the protocol with its nouns and names, names of sentences, how texts are read, and nothing else", async () => {
    const shared: string[] = [];
    for (const path of files("widget")) {
      for (const target of await importsOf(path))
        if (target.startsWith("src/")) shared.push(`${path} ${target}`);
    }
    expect(
      shared.filter(
        (line) => !/ src\/(protocol|model|named-sentences|formats|links|markdown)\.ts$/.test(line),
      ),
    ).toEqual([]);
    for (const path of files("src")) {
      const down = (await importsOf(path)).filter((target) => target.startsWith("widget/"));
      expect(down.filter((target) => !/^widget\/(?:build|built|sources)\.ts$/.test(target))).toEqual([]);
    }
  });
});

test("no source file is longer than 400 lines", async () => {
  const long: string[] = [];
  for (const path of ["src", "widget", "tests", "examples", ".ci"].flatMap(files)) {
    const lines = (await read(path)).split("\n").length - 1;
    if (lines > 400) long.push(`${path}: ${lines}`);
  }
  expect(long).toEqual([]);
});

test("the schemas are loaded by whoever asks for them, not at the start", async () => {
  const early: string[] = [];
  for (const path of files("src").filter((name) => !name.startsWith("src/schema/")))
    for (const [line] of (await read(path)).matchAll(/^(?:import|export)\b.*from "[^"]*\/schema\/.*$/gm))
      early.push(`${path}: ${line}`);
  expect(early).toEqual([]);
});

test("the code of every thread is an entry of the executable", async () => {
  const threads: string[] = [];
  for (const path of files("src")) {
    const text = await read(path);
    for (const [, name = ""] of text.matchAll(/startThread\("([^"]+)"\)/g)) threads.push(name);
    // Another address leads nowhere inside an executable.
    expect({ path, starts: /new Worker\(/.test(text) }).toEqual({ path, starts: false });
  }
  expect(threads.toSorted()).toEqual(ENTRIES.filter((entry) => entry !== "server.ts").toSorted());
});

test("every file begins with a head", async () => {
  const silent: string[] = [];
  for (const path of ["src", "widget"].flatMap(files)) {
    if (!/^(\/\/\/.*\n)?(\/\*\*|\/\/ )/.test(await read(path))) silent.push(path);
  }
  expect(silent).toEqual([]);
});

test("the lock file names no host and pins every package", async () => {
  const lock = await read("package-lock.json");
  expect(lock).not.toContain("resolved");
  const { dependencies, devDependencies } = JSON.parse(await read("package.json")) as Record<
    string,
    Record<string, string>
  >;
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test("the README stays short enough to be read", async () => {
  expect((await read("README.md")).split("\n").length).toBeLessThanOrEqual(151);
});

test("the tests that documents name exist", async () => {
  const missing: string[] = [];
  for (const page of ["docs/SECURITY.md", "docs/ARCHITECTURE.md", "docs/DELIVERY.md"]) {
    for (const [, name] of (await read(page)).matchAll(/`((?:unit|integration|browser)\/[\w-]+)`/g)) {
      if (!(await Bun.file(join(root, "tests", `${name}.test.ts`)).exists()))
        missing.push(`${page}: ${name}`);
    }
  }
  expect(missing).toEqual([]);
});

test("docs/DEPLOY.md shows the recipes for proxies as they are", async () => {
  const page = await read("docs/DEPLOY.md");
  for (const name of readdirSync(join(root, "examples/proxies")))
    expect(page).toContain(`\n${await read(`examples/proxies/${name}`)}\`\`\``);
});

test("COMPARE.md has the figures of BENCHMARKS.md", async () => {
  const [compare, benchmarks] = [await read("docs/COMPARE.md"), await read("docs/BENCHMARKS.md")];
  const figureOf = (table: string, name: string): string | undefined => {
    const [, rows = ""] = benchmarks.split(`\n### Saturated, ${table} subscribers\n`);
    return rows
      .split("\n### ", 1)[0]
      ?.match(new RegExp(`^\\| ${RegExp.escape(name)} \\| ([\\d.]+) `, "m"))?.[1];
  };
  const rows = [...compare.matchAll(/^\| (.+) \| ([\d.]+) \| ([\d.]+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(4);
  for (const [, name = "", few, many] of rows)
    expect([name, few, many]).toEqual([name, figureOf("100", name), figureOf("1,000", name)]);
  const others = [...compare.matchAll(/\b\d{2,3},\d{3}(?= against)|(?<=against )\d{2,3},\d{3}\b/g)];
  expect(others).toHaveLength(2);
  for (const [figure] of others) expect(benchmarks).toContain(`| ${figure} |`);
});

test("OPERATIONS.md lists every setting with its variable, default, rule and reason", async () => {
  const page = await read("docs/OPERATIONS.md");
  const documented = [...page.matchAll(/^\| `([a-z_]+)` \| `([A-Z_]+)` \| (.*)$/gm)].map((match) => match[0]);
  const expected = (Object.keys(SETTINGS) as SettingKey[]).map((key) => {
    const { rule, fallback, about } = SETTINGS[key];
    return `| \`${fileKey(key)}\` | \`${envName(key)}\` | \`${JSON.stringify(fallback)}\` | ${allowedBy(rule)} | ${about} |`;
  });
  expect(documented).toEqual(expected);
});
