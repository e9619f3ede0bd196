/** The house rules that a machine can check: layers, cycles, sizes, documents that must agree with the source. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
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

/** The layer tables of ARCHITECTURE.md: lines of a number and file names, one fenced block a folder. */
async function layersOf(folder: "src" | "widget"): Promise<Map<string, number>> {
  const page = await read("docs/ARCHITECTURE.md");
  const block = new RegExp(`\`\`\`layers ${folder}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? "";
  const layers = new Map<string, number>();
  for (const line of block.trim().split("\n")) {
    const [number, ...names] = line.split(/\s+/);
    for (const name of names) layers.set(name, Number(number));
  }
  return layers;
}

const nameOf = (path: string) => path.replace(/^(src|widget)\//, "").replace(/\.tsx?$/, "");

describe("the layers", () => {
  test.each(["src", "widget"] as const)(
    "of %s: every file has one, and imports only from lower ones",
    async (folder) => {
      const layers = await layersOf(folder);
      const sources = files(folder).filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"));
      expect(sources.map(nameOf).sort()).toEqual([...layers.keys()].sort());
      const wrong: string[] = [];
      for (const path of sources) {
        for (const target of await importsOf(path)) {
          if (!target.startsWith(`${folder}/`) || !/\.tsx?$/.test(target)) continue;
          const [from, to] = [layers.get(nameOf(path)) ?? -1, layers.get(nameOf(target)) ?? 99];
          if (to >= from) wrong.push(`${path} (${from}) imports ${target} (${to})`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test("server and widget share the protocol with its nouns and names, how texts are read, and nothing else", async () => {
    const shared: string[] = [];
    for (const path of files("widget")) {
      for (const target of await importsOf(path))
        if (target.startsWith("src/")) shared.push(`${path} ${target}`);
    }
    expect(shared.filter((line) => !/ src\/(protocol|model|names|links|markdown)\.ts$/.test(line))).toEqual(
      [],
    );
    for (const path of files("src")) {
      const down = (await importsOf(path)).filter((target) => target.startsWith("widget/"));
      expect(down.filter((target) => target !== "widget/build.ts")).toEqual([]);
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

test("every file says in its first lines what it owns", async () => {
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

test("README and ARCHITECTURE stay short enough to be read", async () => {
  for (const path of ["README.md", "docs/ARCHITECTURE.md"]) {
    expect((await read(path)).split("\n").length).toBeLessThanOrEqual(151);
  }
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

test("OPERATIONS.md lists every setting with its variable, default, rule and reason", async () => {
  const page = await read("docs/OPERATIONS.md");
  const documented = [...page.matchAll(/^\| `([a-z_]+)` \| `([A-Z_]+)` \| (.*)$/gm)].map((match) => match[0]);
  const expected = (Object.keys(SETTINGS) as SettingKey[]).map((key) => {
    const { rule, fallback, about } = SETTINGS[key];
    return `| \`${fileKey(key)}\` | \`${envName(key)}\` | \`${JSON.stringify(fallback)}\` | ${allowedBy(rule)} | ${about} |`;
  });
  expect(documented).toEqual(expected);
});
