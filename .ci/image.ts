/**
 * Gathers the files of the container image, from which the Dockerfile builds it: the executable, the libraries that it loads,
 * licences, certificates, the image's user, and empty folders. Nothing else: no shell, no package manager.
 *
 * The libraries are glibc's: this machine's own, or for another processor those of Debian's package, which apt-get fetches.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { parseArgs } from "node:util";
import { compileExecutable, gatherShipped } from "./executable.ts";
import { drawLicences } from "./inventory.ts";
import { obtainBun, TARGETS } from "./targets.ts";

const root = join(import.meta.dir, "..");
const USAGE = `usage: bun run image -- [--target linux-x64|linux-arm64 | --executable FILE] [--out DIR]

  --target NAME      the processor; default: this machine's
  --executable FILE  an executable that was built before, for Linux with glibc
  --out DIR          where to write; default: dist/image
`;

/** The user of the image, as a number: supervisors that refuse root can't look names up in an image. */
const IMAGE_USER = 65532;

interface Architecture {
  target: string;
  /** In an executable's header (ELF, e_machine). */
  machine: number;
  debian: string;
  /** Where Debian keeps the libraries. */
  folder: string;
  /** Where executables look for the loader. */
  loader: string;
}
const ARCHITECTURES: readonly Architecture[] = [
  {
    target: "linux-x64",
    machine: 62,
    debian: "amd64",
    folder: "lib/x86_64-linux-gnu",
    loader: "lib64/ld-linux-x86-64.so.2",
  },
  {
    target: "linux-arm64",
    machine: 183,
    debian: "arm64",
    folder: "lib/aarch64-linux-gnu",
    loader: "lib/ld-linux-aarch64.so.1",
  },
];
/** What Bun loads. */
const LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];
/** What glibc loads to resolve host names. Parts of libc itself from version 2.34 on. */
const RESOLVERS = ["libresolv.so.2", "libnss_dns.so.2", "libnss_files.so.2"];

function fail(line: string): never {
  console.error(`image: ${line}`);
  process.exit(1);
}

/** Runs a command. Ends the process with what it says when it fails. */
function run(command: string[], cwd: string): void {
  const { success, stderr } = Bun.spawnSync(command, { cwd, stdout: "ignore", stderr: "pipe" });
  if (!success) fail(`${command[0]} failed: ${stderr.toString().trim()}`);
}

/** The architecture that an executable is for. */
async function architectureOf(executable: string): Promise<Architecture> {
  const head = new DataView(await Bun.file(executable).slice(0, 20).arrayBuffer());
  if (head.byteLength < 20 || head.getUint32(0) !== 0x7f454c46)
    fail(`${executable} is no executable for Linux.`);
  const machine = head.getUint16(18, true);
  return (
    ARCHITECTURES.find((each) => each.machine === machine) ??
    fail(`${executable} is for another processor than x64 and arm64.`)
  );
}

/** Unpacks Debian's glibc for an architecture. Uses folders of its own, and changes nothing on this machine. */
function unpackLibraries(debian: string, folder: string): void {
  const options = [
    `APT::Architecture=${debian}`,
    `APT::Architectures=${debian}`,
    `Dir::State=${folder}/state`,
    "Dir::State::status=/dev/null",
    `Dir::Cache=${folder}/cache`,
    // The folder is this user's alone.
    "APT::Sandbox::User=",
  ].flatMap((option) => ["-o", option]);
  mkdirSync(join(folder, "state/lists/partial"), { recursive: true });
  mkdirSync(join(folder, "cache/archives/partial"), { recursive: true });
  run(["apt-get", ...options, "update", "-qq"], folder);
  run(["apt-get", ...options, "download", "-qq", "libc6"], folder);
  const [archive = fail("apt-get downloaded nothing.")] = readdirSync(folder).filter((name) =>
    name.endsWith(".deb"),
  );
  run(["dpkg-deb", "-x", archive, "."], folder);
}

/** Copies the libraries of an architecture into the image's root. */
function copyLibraries({ debian, folder, loader }: Architecture, target: string): void {
  const isOwn = debian === { x64: "amd64", arm64: "arm64" }[process.arch as string];
  const fetched = isOwn ? undefined : mkdtempSync(join(tmpdir(), "kabar-libc-"));
  if (fetched) unpackLibraries(debian, fetched);
  const from = fetched ?? "/";
  const isThere = (path: string) => existsSync(join(from, path));
  const copy = (path: string, to: string) => {
    mkdirSync(dirname(join(target, to)), { recursive: true });
    cpSync(realpathSync(join(from, path)), join(target, to));
    chmodSync(join(target, to), 0o755);
  };
  for (const path of LIBRARIES.map((name) => join(folder, name))) copy(path, path);
  for (const path of RESOLVERS.map((name) => join(folder, name)).filter(isThere)) copy(path, path);
  // Through the folder, since links from the root lead out of an unpacked package.
  copy(join(folder, loader.split("/").at(-1) ?? ""), loader);
  if (fetched) rmSync(fetched, { recursive: true });
}

/** Writes a small file of the image. */
function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o644 });
}

/** Gathers the files in `out`: those of the image's root in `out/root`, and those of its user in `out/own`. */
async function gatherImage(executable: string, out: string): Promise<void> {
  const architecture = await architectureOf(executable);
  // The image's user reads what others may read, whatever the umask of this shell is.
  process.umask(0o022);
  rmSync(out, { recursive: true, force: true });
  const target = join(out, "root");
  mkdirSync(join(target, "usr/bin"), { recursive: true });
  cpSync(executable, join(target, "usr/bin/kabar"));
  chmodSync(join(target, "usr/bin/kabar"), 0o755);
  copyLibraries(architecture, target);
  write(join(target, "usr/share/doc/kabar/LICENSES.txt"), drawLicences());
  // Those that Bun trusts, for programs and settings that want a file.
  write(join(target, "etc/ssl/certs/ca-certificates.crt"), `${rootCertificates.join("\n")}\n`);
  write(
    join(target, "etc/passwd"),
    `root:x:0:0:root:/:/nonexistent\nkabar:x:${IMAGE_USER}:${IMAGE_USER}:Kabar:/data:/nonexistent\n`,
  );
  write(join(target, "etc/group"), `root:x:0:\nkabar:x:${IMAGE_USER}:\n`);
  write(join(target, "etc/nsswitch.conf"), "hosts: files dns\n");
  // What runtimes mount or fill in, so that the root may be read-only. kabar.toml may be mounted into the last one.
  for (const folder of ["proc", "sys", "dev", "run", "tmp", "etc/kabar"])
    mkdirSync(join(target, folder), { recursive: true });
  for (const file of ["hosts", "hostname", "resolv.conf"]) write(join(target, "etc", file), "");
  mkdirSync(join(out, "own"));
  mkdirSync(join(out, "own/data"), { mode: 0o700 });
}

/** Builds the executable of a target, which has to be one of an image. */
async function buildFor(name: string, path: string): Promise<void> {
  const target = TARGETS.find((each) => each.name === name);
  if (!target || !ARCHITECTURES.some((each) => each.target === name))
    fail(
      `unknown target ${JSON.stringify(name)}; allowed: ${ARCHITECTURES.map((each) => each.target).join(", ")}.`,
    );
  const isOwn = name === `${process.platform}-${process.arch}`;
  const bun = isOwn ? process.execPath : await obtainBun(target);
  await compileExecutable(await gatherShipped(), path, bun, isOwn ? undefined : target.compile);
}

const { values } = parseArgs({
  options: {
    target: { type: "string", default: `${process.platform}-${process.arch}` },
    executable: { type: "string" },
    out: { type: "string", default: join(root, "dist/image") },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else if (values.executable !== undefined) await gatherImage(resolve(values.executable), resolve(values.out));
else {
  const folder = mkdtempSync(join(tmpdir(), "kabar-image-"));
  await buildFor(values.target, join(folder, "kabar"));
  await gatherImage(join(folder, "kabar"), resolve(values.out));
  rmSync(folder, { recursive: true });
}
if (!values.help) console.log(resolve(values.out));
