/**
 * The Debian package of a release, built by dpkg-deb: the executable, a hardened service of systemd with a user of its own, and
 * its settings in `/etc/kabar/kabar.toml`. The same commit gives the same bytes where dpkg is the same.
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { drawLicences } from "./inventory.ts";

const root = join(import.meta.dir, "..");

/** Debian's names of the targets that it has packages for. */
const ARCHITECTURES: Readonly<Record<string, string>> = { "linux-x64": "amd64", "linux-arm64": "arm64" };

/** The name of a target's package; undefined when Debian has no such machine. A version `1.0.0-rc.1` comes before 1.0.0. */
export function debianName(target: string, version: string): string | undefined {
  const architecture = ARCHITECTURES[target];
  return architecture && `kabar_${version.replace("-", "~")}_${architecture}.deb`;
}

/** The control file. Debian Policy, chapter 5. */
const drawControl = (version: string, architecture: string, bytes: number): string => `Package: kabar
Version: ${version.replace("-", "~")}
Architecture: ${architecture}
Maintainer: The authors of Kabar <kabar@localhost>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: libc6 (>= 2.17), systemd | systemd-standalone-sysusers | systemd-sysusers
Section: net
Priority: optional
Description: chat and notifications for any web page
 A server for chats, comments and notifications on web pages: one script tag
 shows the chat, one log keeps every message. The service listens on port 3000
 of the loopback address until /etc/kabar/kabar.toml says otherwise.
`;

export interface DebianOptions {
  executable: string;
  target: string;
  version: string;
  /** The time that all files carry. */
  time: Date;
  /** Default: xz. */
  compression?: "none" | "xz";
}

/** Builds the package and resolves to its bytes. Throws with what dpkg-deb says. */
export async function buildDebian(options: DebianOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { executable, target, version, time, compression = "xz" } = options;
  const folder = mkdtempSync(join(tmpdir(), "kabar-debian-"));
  const tree = join(folder, "tree");
  const put = (path: string, contents: string | Uint8Array, mode = 0o644) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), contents);
    chmodSync(join(tree, path), mode);
  };
  const source = (name: string) => readFileSync(join(root, name), "utf8");
  try {
    put("usr/bin/kabar", "");
    copyFileSync(executable, join(tree, "usr/bin/kabar"));
    chmodSync(join(tree, "usr/bin/kabar"), 0o755);
    put("usr/lib/systemd/system/kabar.service", source("examples/systemd/kabar.service"));
    put("usr/lib/sysusers.d/kabar.conf", source(".ci/debian/kabar.sysusers"));
    put("etc/kabar/kabar.toml", source(".ci/debian/kabar.toml"), 0o640);
    put("usr/share/doc/kabar/copyright", drawLicences());
    put("usr/share/doc/kabar/changelog.gz", Bun.gzipSync(source("CHANGELOG.md"), { level: 9 }));
    const names = (readdirSync(tree, { recursive: true }) as string[]).toSorted();
    const files = names.filter((name) => statSync(join(tree, name)).isFile());
    const bytes = files.reduce((sum, name) => sum + statSync(join(tree, name)).size, 0);
    const sums = files
      .filter((name) => !name.startsWith("etc/"))
      .map((name) => {
        const hash = new Bun.CryptoHasher("md5").update(readFileSync(join(tree, name))).digest("hex");
        return `${hash}  ${name}\n`;
      });
    for (const name of ["postinst", "prerm", "postrm"])
      put(`DEBIAN/${name}`, source(`.ci/debian/${name}`), 0o755);
    put("DEBIAN/control", drawControl(version, ARCHITECTURES[target] ?? "", bytes));
    put("DEBIAN/conffiles", "/etc/kabar/kabar.toml\n");
    put("DEBIAN/md5sums", sums.join(""));
    // Whatever the umask of this shell is.
    for (const name of ["", "DEBIAN", ...names])
      if (statSync(join(tree, name)).isDirectory()) chmodSync(join(tree, name), 0o755);
    const out = join(folder, "out.deb");
    const how = ["--root-owner-group", `-Z${compression}`, "--build", tree, out];
    const { success, stderr } = Bun.spawnSync(["dpkg-deb", ...how], {
      // Newer times become this one: reproducible-builds.org, SOURCE_DATE_EPOCH.
      env: { ...process.env, SOURCE_DATE_EPOCH: String(Math.floor(time.getTime() / 1000)) },
      stdout: "ignore",
      stderr: "pipe",
    });
    if (!success) throw new Error(`dpkg-deb failed: ${stderr.toString().trim()}`);
    return await Bun.file(out).bytes();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
