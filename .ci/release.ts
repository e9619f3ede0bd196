/**
 * Builds a release: an executable for each system in an archive with its licences, Debian packages, an SBOM, latest.json for `version --check`, and
 * SHA256SUMS over all. The same commit gives the same bytes; `--compare FILE` shows whether it did. `--host --out DIR` builds one for this machine, `DIR/kabar`.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../package.json";
import { type ArchiveFile, drawTarGz, drawZip } from "./archives.ts";
import { buildDebian, debianName } from "./debian.ts";
import { compileExecutable, gatherShipped } from "./executable.ts";
import { drawBom, drawLicences } from "./inventory.ts";
import { drawLatest } from "./latest.ts";
import { executableName, obtainBun, TARGETS, type Target } from "./targets.ts";

const root = join(import.meta.dir, "..");
const { version } = packageJson;
const NAMES = TARGETS.map(({ name }) => name).join(", ");
const USAGE = `usage: bun run release -- [--target NAME …] [--out DIR] [--compare FILE]
       bun run release -- --host [--out DIR]

  --target NAME   one of ${NAMES};
                  may be repeated; default: all
  --host          one executable for this machine, DIR/kabar, without an archive
  --out DIR       where to write; default: dist/release
  --compare FILE  a file SHA256SUMS of an earlier build: every archive that it names must have the same hash
`;

const say = (line: string) => console.log(line);
function fail(line: string): never {
  console.error(`release: ${line}`);
  process.exit(1);
}

/** The time that all files of a release carry, in whole seconds: SOURCE_DATE_EPOCH (reproducible-builds.org), or that of the commit. */
function releaseTime(): Date {
  const commit = Bun.spawnSync(["git", "log", "-1", "--format=%ct"], { cwd: root, stderr: "ignore" });
  const seconds = Number(process.env.SOURCE_DATE_EPOCH || commit.stdout.toString().trim());
  if (!Number.isInteger(seconds) || seconds <= 0)
    fail("no commit to take the time from; set SOURCE_DATE_EPOCH to seconds since 1970.");
  return new Date(seconds * 1000);
}

type NamedFile = [name: string, bytes: Uint8Array];

/** The archive of a target: the executable, the licences and the list of changes. */
async function packArchive(target: Target, executable: string, time: Date): Promise<NamedFile> {
  const top = `kabar-${version}-${target.name}`;
  const text = (name: string, contents: string | Buffer): ArchiveFile => ({
    path: `${top}/${name}`,
    bytes: new Uint8Array(Buffer.from(contents)),
    isProgram: false,
  });
  const files = [
    { path: `${top}/${basename(executable)}`, bytes: await Bun.file(executable).bytes(), isProgram: true },
    text("LICENSES.txt", drawLicences()),
    text("CHANGELOG.md", readFileSync(join(root, "CHANGELOG.md"))),
  ];
  return target.name.startsWith("win")
    ? [`${top}.zip`, drawZip(files, time)]
    : [`${top}.tar.gz`, drawTarGz(files, time)];
}

/** Builds the files of a target: the archive, and the Debian package where there is one. */
async function buildTarget(target: Target, shipped: string, time: Date): Promise<NamedFile[]> {
  const folder = mkdtempSync(join(tmpdir(), "kabar-release-"));
  try {
    const executable = join(folder, executableName(target.name));
    await compileExecutable(shipped, executable, await obtainBun(target), target.compile);
    const files = [await packArchive(target, executable, time)];
    const name = debianName(target.name, version);
    if (name === undefined) return files;
    if (Bun.which("dpkg-deb") === null) say(`no dpkg-deb on this machine: without ${name}`);
    else files.push([name, await buildDebian({ executable, target: target.name, version, time })]);
    return files;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The hashes of a file SHA256SUMS, by name. */
const readSums = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, hash = "", name = ""]) => [name, hash]));

/** Compares the hashes of this build with those of an earlier one. Ends the process when one differs. */
function compareSums(sums: ReadonlyMap<string, string>, path: string): void {
  const before = readSums(readFileSync(path, "utf8"));
  const both = [...sums].filter(([name]) => before.has(name));
  if (both.length === 0) fail(`${path} names none of the files of this build.`);
  const different = both.filter(([name, hash]) => before.get(name) !== hash).map(([name]) => name);
  if (different.length > 0) fail(`not as in ${path}: ${different.join(", ")}.`);
  say(`${both.length} files are as in ${path}.`);
}

/** Builds archives, Debian packages, SBOM and SHA256SUMS. */
async function buildRelease(
  targets: readonly Target[],
  out: string,
  compare: string | undefined,
): Promise<void> {
  const pinned = packageJson.dependencies.bun;
  if (Bun.version !== pinned)
    fail(`this is Bun ${Bun.version}; a release is built by Bun ${pinned}, which npm ci installs.`);
  const time = releaseTime();
  const shipped = await gatherShipped();
  const sums = new Map<string, string>();
  const write = async (name: string, bytes: Uint8Array | string) => {
    sums.set(name, new Bun.CryptoHasher("sha256").update(bytes).digest("hex"));
    await Bun.write(join(out, name), bytes);
    say(join(out, name));
  };
  for (const target of targets)
    for (const file of await buildTarget(target, shipped, time)) await write(...file);
  const bom = drawBom(
    version,
    TARGETS.map(({ bun }) => bun),
    time,
  );
  await write(`kabar-${version}.cdx.json`, bom);
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  await write("latest.json", drawLatest(version, changelog, time));
  const lines = [...sums]
    .map(([name, hash]) => `${hash}  ${name}\n`)
    .toSorted((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
  await Bun.write(join(out, "SHA256SUMS"), lines.join(""));
  if (compare !== undefined) compareSums(sums, compare);
}

const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: [] },
    host: { type: "boolean", default: false },
    out: { type: "string", default: join(root, "dist/release") },
    compare: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const unknown = values.target.find((name) => !TARGETS.some((target) => target.name === name));
if (unknown !== undefined) fail(`unknown target ${JSON.stringify(unknown)}; allowed: ${NAMES}.`);
const out = resolve(values.out);
if (values.help) process.stdout.write(USAGE);
else if (values.host) {
  const path = join(out, executableName(process.platform));
  await compileExecutable(await gatherShipped(), path, process.execPath);
  say(path);
} else {
  const isWanted = ({ name }: Target) => values.target.length === 0 || values.target.includes(name);
  await buildRelease(TARGETS.filter(isWanted), out, values.compare);
}
