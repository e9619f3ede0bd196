/** The Debian package and its service: built, looked into, installed into a folder, run from there, and purged. */
import { expect, setDefaultTimeout } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDebian } from "../../.ci/debian.ts";
import { textsOf } from "../support/backups.ts";
import { Client } from "../support/client.ts";
import { sharedExecutable } from "../support/executable.ts";
import { createFolder } from "../support/folder.ts";
import { asRoot, hasProgram, hasRootRights, testWith } from "../support/parts.ts";
import { ask, run } from "../support/run.ts";
import { useServers } from "../support/servers.ts";

/** The executable is built first. */
setDefaultTimeout(180_000);

const start = useServers();
const testPackage = testWith(
  "dpkg with root rights",
  hasProgram(["dpkg-deb", "--version"]) && hasRootRights(["true"]),
  "use Debian or a relative, as root or with a sudo that asks for no password",
);
const testService = testWith(
  "systemd-analyze",
  hasProgram(["systemd-analyze", "--version"]),
  "install systemd",
);

/** Builds the package of an executable, not compressed: that would take a minute. */
const build = (executable: string) =>
  buildDebian({
    executable,
    target: `linux-${process.arch}`,
    version: "1.2.3-rc.1",
    time: new Date("2026-05-03T01:02:04Z"),
    compression: "none",
  });

testPackage(
  "a package is the same when it is built again, installs, updates, and keeps the messages at a purge",
  async () => {
    const folder = createFolder();
    const [file, small] = [join(folder, "kabar.deb"), join(folder, "kabar")];
    writeFileSync(small, "#!/bin/sh\n");
    const bytes = await build(small);
    await Bun.write(file, bytes);
    const umask = process.umask(0o077);
    try {
      expect(Buffer.compare(await build(small), bytes)).toBe(0);
    } finally {
      process.umask(umask);
    }

    const field = (name: string) => ask(["dpkg-deb", "--field", file, name]);
    expect(await field("Version")).toBe("1.2.3~rc.1");
    expect(await field("Architecture")).toBe(process.arch === "x64" ? "amd64" : "arm64");
    const listed = (await ask(["dpkg-deb", "--contents", file])).split("\n").map((line) => line.split(/\s+/));
    expect(listed.every(([, owner]) => owner === "root/root")).toBe(true);
    expect(listed.filter(([mode]) => mode?.startsWith("-")).map((words) => [words[5], words[0]])).toEqual([
      ["./etc/kabar/kabar.toml", "-rw-r-----"],
      ["./usr/bin/kabar", "-rwxr-xr-x"],
      ["./usr/lib/systemd/system/kabar.service", "-rw-r--r--"],
      ["./usr/lib/sysusers.d/kabar.conf", "-rw-r--r--"],
      ["./usr/share/doc/kabar/changelog.gz", "-rw-r--r--"],
      ["./usr/share/doc/kabar/copyright", "-rw-r--r--"],
    ]);

    // A root of its own: dpkg passes it to the scripts of the package, which touch nothing outside.
    const tree = join(folder, "tree");
    for (const path of ["var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"])
      mkdirSync(join(tree, path), { recursive: true });
    writeFileSync(join(tree, "var/lib/dpkg/status"), "");
    const how = ["depends", "script-chrootless", "unsafe-io"].map((name) => `--force-${name}`);
    const dpkg = (...args: string[]) => ask([...asRoot, "dpkg", `--root=${tree}`, ...how, ...args]);
    await dpkg("--install", file);
    const users = readFileSync(join(tree, "etc/passwd"), "utf8");
    const [, group] = /^kabar:[^:]*:\d+:(\d+):[^:]*:\/var\/lib\/kabar:.*nologin$/m.exec(users) ?? [];
    const settings = join(tree, "etc/kabar/kabar.toml");
    const rights = () => ask([...asRoot, "stat", "-c", "%a %u %g", settings]);
    expect(await rights()).toBe(`640 0 ${group}`);
    expect(await dpkg("--verify", "kabar")).toBe("");

    const log = join(tree, "var/lib/kabar/kabar.db");
    await ask([...asRoot, "install", "-D", small, log]);
    // An update leaves alone what the owner changed.
    await ask([...asRoot, "chmod", "0600", settings]);
    await dpkg("--install", file);
    expect(await rights()).toBe(`600 0 ${group}`);
    await dpkg("--remove", "kabar");
    expect([existsSync(settings), existsSync(join(tree, "usr/bin/kabar"))]).toEqual([true, false]);
    expect(await dpkg("--purge", "kabar")).toContain("the messages are still in /var/lib/kabar");
    expect([existsSync(settings), existsSync(log)]).toEqual([false, true]);
    await ask([...asRoot, "rm", "-rf", tree]);
  },
);

testPackage("the executable of a package serves with its settings", async () => {
  const folder = createFolder();
  await Bun.write(join(folder, "kabar.deb"), await build(await sharedExecutable()));
  await ask(["dpkg-deb", "--extract", join(folder, "kabar.deb"), folder]);
  const program = [join(folder, "usr/bin/kabar")];
  const settings = join(folder, "etc/kabar/kabar.toml");
  const checked = await run(["check", "--config", settings], { program });
  expect(checked).toMatchObject({ code: 0, err: "" });
  expect(checked.out).toContain('data_dir = "/var/lib/kabar"');
  const kabar = await start({ program: [...program, "serve", "--config", settings] });
  await (await Client.open(kabar.url, { name: "Ana" })).publish("lobby", "Apa kabar?");
  expect(await textsOf(kabar.url)).toEqual(["Apa kabar?"]);
  expect(await kabar.stop()).toBe(0);
});

testService("the service is sound and closed in: an exposure of at most 2.0", async () => {
  const text = await Bun.file(join(import.meta.dir, "../../examples/systemd/kabar.service")).text();
  const unit = join(createFolder(), "kabar.service");
  // Any program that is on this machine.
  await Bun.write(unit, text.replace("ExecStart=/usr/bin/kabar", `ExecStart=${process.execPath}`));
  expect(await ask(["systemd-analyze", "verify", unit])).toBe("");
  const judged = await ask(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit]);
  expect(judged).toContain("Overall exposure level");
});
