/**
 * The systems that a release is built for, and the Bun of each: a package of the npm registry, packed by npm and compared with
 * the lock file before it is used.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moveFile } from "./executable.ts";
import { lockedPackage } from "./inventory.ts";

const root = join(import.meta.dir, "..");
/** Where the Buns of other systems stay between two releases. */
const CACHE = join(root, "dist/bun");

export interface Target {
  /** In the names of archives. */
  name: string;
  /** The package with this system's Bun. */
  bun: string;
  compile: Bun.Build.CompileTarget;
}

export const TARGETS: readonly Target[] = [
  { name: "linux-x64", bun: "@oven/bun-linux-x64", compile: "bun-linux-x64" },
  { name: "linux-arm64", bun: "@oven/bun-linux-aarch64", compile: "bun-linux-arm64" },
  { name: "linux-x64-musl", bun: "@oven/bun-linux-x64-musl", compile: "bun-linux-x64-musl" },
  { name: "linux-arm64-musl", bun: "@oven/bun-linux-aarch64-musl", compile: "bun-linux-arm64-musl" },
  { name: "macos-x64", bun: "@oven/bun-darwin-x64", compile: "bun-darwin-x64" },
  { name: "macos-arm64", bun: "@oven/bun-darwin-aarch64", compile: "bun-darwin-arm64" },
  { name: "windows-x64", bun: "@oven/bun-windows-x64", compile: "bun-windows-x64" },
];

/** The name of the executable on the system of a target. */
export const executableName = (target: string): string => (target.startsWith("win") ? "kabar.exe" : "kabar");

/**
 * The Bun of a target, as a path. Packs it with npm unless an earlier release did. Throws when npm can't, or when the bytes are
 * not the ones that the lock file names.
 */
export async function obtainBun({ name, bun }: Target): Promise<string> {
  const { version, integrity = "" } = lockedPackage(bun);
  const kept = join(CACHE, `${name}-${version}`, name.startsWith("win") ? "bun.exe" : "bun");
  if (existsSync(kept)) return kept;
  const folder = mkdtempSync(join(tmpdir(), "kabar-bun-"));
  try {
    const packing = Bun.spawnSync(["npm", "pack", "--silent", `${bun}@${version}`], { cwd: folder });
    const [archive] = readdirSync(folder);
    if (!packing.success || archive === undefined)
      throw new Error(`npm could not pack ${bun}@${version}: ${packing.stderr.toString().trim()}`);
    const bytes = readFileSync(join(folder, archive));
    const hash = new Bun.CryptoHasher("sha512").update(bytes).digest("base64");
    if (integrity !== `sha512-${hash}`)
      throw new Error(`${bun}@${version} is not the package that package-lock.json names.`);
    const [program] = (await new Bun.Archive(bytes).files("package/bin/*")).values();
    if (!program) throw new Error(`${bun}@${version} has no program.`);
    const part = join(folder, "bun");
    await Bun.write(part, program);
    chmodSync(part, 0o755);
    moveFile(part, kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
