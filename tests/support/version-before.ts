/**
 * The server before the newest migration of the PostgreSQL schema, for a test that runs it beside this one: its sources come
 * from the history of the repository, its packages from this checkout.
 */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "./folder.ts";

const ROOT = join(import.meta.dir, "..", "..");
const SCHEMA_FILE = "src/log/postgres-schema.ts";
/** What a server reads at run time, beside its packages. */
const SHIPPED = ["src", "widget", "docs", "package.json"];
/** In place of the build of its widget, which would take longer than the test: nobody loads a page from it. */
const NO_WIDGET = `
  import { mkdir } from "node:fs/promises";
  export const ensureWidget = async (folder) => {
    if (folder) await mkdir(folder, { recursive: true });
    return { version: "before", files: [] };
  };
`;

/** What git prints; undefined where there is no git, no history, or no such thing in it. */
function git(...args: string[]): string | undefined {
  try {
    const { success, stdout } = Bun.spawnSync(["git", "-C", ROOT, ...args], { stderr: "ignore" });
    return success ? stdout.toString() : undefined;
  } catch {
    return undefined;
  }
}

/** The version of the schema that a `postgres-schema.ts` makes: 1 and its migrations. */
function schemaOf(source: string): number | undefined {
  const [, list] = /const MIGRATIONS: readonly string\[\] = \[([^\]]*)\]/.exec(source) ?? [];
  return list === undefined ? undefined : 1 + list.split(",").filter((name) => name.trim() !== "").length;
}

/** A server of a version before. */
export interface VersionBefore {
  /** The version of its schema, and of this checkout's. */
  schema: number;
  newerSchema: number;
  /** Its command, for `startKabar`. */
  program: string[];
}

/** The newest commit whose schema is the one before this checkout's. */
function findCommit(newest: number): string | undefined {
  const commits = git("log", "--format=%H", "--", SCHEMA_FILE)?.trim().split("\n") ?? [];
  let migrated: string | undefined;
  for (const commit of commits) {
    const schema = schemaOf(git("show", `${commit}:${SCHEMA_FILE}`) ?? "");
    if (schema === newest - 1) return migrated && git("rev-parse", `${migrated}^`)?.trim();
    if (schema !== newest) return undefined;
    migrated = commit;
  }
  return undefined;
}

/** Unpacks the version before into a folder that goes when the test file is done. Undefined where the history lacks it. */
export async function unpackVersionBefore(): Promise<VersionBefore | undefined> {
  const newerSchema = schemaOf(await Bun.file(join(ROOT, SCHEMA_FILE)).text());
  if (newerSchema === undefined) throw new Error(`${SCHEMA_FILE} has no list MIGRATIONS`);
  const commit = findCommit(newerSchema);
  if (commit === undefined) return undefined;
  const folder = join(createFolder(), "before");
  mkdirSync(folder);
  const archive = Bun.spawnSync(["git", "-C", ROOT, "archive", commit, ...SHIPPED]);
  const unpacked = Bun.spawnSync(["tar", "-x", "-C", folder], { stdin: archive.stdout });
  if (!archive.success || !unpacked.success) return undefined;
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await Bun.write(join(folder, "widget", "build.ts"), NO_WIDGET);
  return {
    schema: newerSchema - 1,
    newerSchema,
    program: [process.execPath, join(folder, "src", "server.ts")],
  };
}
