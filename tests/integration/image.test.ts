/** The container image, built by buildah without a daemon, and run as its own user with a read-only root. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { textsOf } from "../support/backups.ts";
import { Client } from "../support/client.ts";
import { sharedExecutable } from "../support/executable.ts";
import { createFolder } from "../support/folder.ts";
import { asRoot, hasRootRights, testWith } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { ask } from "../support/run.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import { useServers } from "../support/servers.ts";
import { until } from "../support/until.ts";

/** The executable, and the copies of it that buildah makes. */
setDefaultTimeout(180_000);

const MAX_BYTES = 130_000_000;
const root = join(import.meta.dir, "../..");
const testImage = testWith(
  "buildah with root rights",
  Bun.which("buildah") !== null && hasRootRights(["unshare", "--mount", "true"]),
  "install buildah, and run as root or with a sudo that asks for no password",
);

/** Makes the container's root read-only in a mount namespace of its own, then runs what follows. buildah leaves a mark in /run. */
const READ_ONLY =
  'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount -t tmpfs -o mode=755 tmpfs "$0/run" && exec "$@"';

/** Ends the server in the container that `launcher` runs, as `docker stop` does: the last of its descendants. */
async function stopInside(launcher: number): Promise<void> {
  const processes = (await ask(["ps", "-eo", "pid=,ppid="]))
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const below = (parent: string): string => {
    const child = processes.find(([, of]) => of === parent)?.[0];
    return child === undefined ? parent : below(child);
  };
  await ask([...asRoot, "kill", "-TERM", below(String(launcher))]);
  await until("the container's end", async () => !existsSync(`/proc/${launcher}`));
}

const start = useServers();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

testImage("serves, is healthy, makes and restores a backup, and stops in order", async () => {
  const folder = createFolder();
  const [stage, storage] = [join(folder, "stage"), join(folder, "storage")];
  for (const path of [stage, storage]) mkdirSync(path);
  // The container's user has to reach its root.
  for (const path of [folder, storage]) chmodSync(path, 0o755);
  const executable = await sharedExecutable();
  // The image is the same in a shell whose files are its user's alone.
  const gather = [process.execPath, join(root, ".ci/image.ts"), "--executable", executable, "--out", stage];
  await ask(["sh", "-c", 'umask 077 && exec "$@"', "sh", ...gather]);
  const places = ["--root", `${storage}/root`, "--runroot", `${storage}/run`, "--storage-driver", "vfs"];
  const buildah = [...asRoot, "buildah", ...places];
  const how = ["--isolation", "chroot", "--format", "docker", "--build-context", `files=${stage}`];
  ends.push(() => ask([...asRoot, "rm", "-rf", storage]));
  await ask([...buildah, "build", ...how, "--tag", "kabar", root]);

  const made = JSON.parse(await ask([...buildah, "inspect", "--type", "image", "kabar"]));
  const layers: { size: number }[] = JSON.parse(made.Manifest).layers;
  expect(layers.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(MAX_BYTES);
  expect(made.Docker.config).toMatchObject({
    User: "65532:65532",
    Entrypoint: ["/usr/bin/kabar"],
    Healthcheck: { Test: ["CMD", "/usr/bin/kabar", "health"] },
    Volumes: { "/data": {} },
    StopSignal: "SIGTERM",
    Labels: {
      "org.opencontainers.image.version": packageJson.version,
      "org.opencontainers.image.licenses": "MIT",
    },
  });

  const container = await ask([...buildah, "from", "--pull-never", "kabar"]);
  const mounted = await ask([...buildah, "mount", container]);
  const port = findFreePort();
  const program = (...env: string[]) => [
    ...[...asRoot, "unshare", "--mount", "sh", "-c", READ_ONLY, mounted],
    ...["buildah", ...places, "run", "--isolation", "chroot"],
    ...[`PORT=${port}`, "HOST=127.0.0.1", `KABAR_OPERATOR_KEY=${OPERATOR_KEY}`, ...env].flatMap((each) => [
      "-e",
      each,
    ]),
    ...[container, "--", "/usr/bin/kabar"],
  ];
  const command = (...args: string[]) => ask([...program(), ...args]);

  const tries = `for (const path of ["/x", "/etc/kabar/x", "/data/x"])
    try { require("fs").writeFileSync(path, ""); console.log(path, process.getuid()); } catch (error) { console.log(error.code); }`;
  expect(await ask([...program("BUN_BE_BUN=1"), "-e", tries])).toBe("EROFS\nEROFS\n/data/x 65532");

  const kabar = await start({ program: program(), port });
  expect(await command("health")).toBe("ready");
  const list = (await (await fetch(`${kabar.url}/widget.json`)).json()) as { files: { url: string }[] };
  expect((await fetch(list.files[0]?.url ?? "")).status).toBe(200);
  const reader = await Client.open(kabar.url, { name: "Budi" });
  await reader.ask("subscribe", { topic: "lobby" });
  const writer = await Client.open(kabar.url, { name: "Ana" });
  await writer.publish("lobby", "Apa kabar?");
  expect((await reader.messages(1)).map(({ text }) => text)).toEqual(["Apa kabar?"]);
  await command("backup", "/data/backup.db");
  await writer.publish("lobby", "after the backup");
  await reader.messages(1);
  expect(kabar.output()).not.toContain('"level":"warn"');

  await stopInside(kabar.pid());
  expect(await reader.events.next("goodbye")).toMatchObject({ reason: "shutting-down" });
  expect(await kabar.stop()).toBe(0);
  await expect(command("health")).rejects.toThrow(/ended with 1: /);
  await command("restore", "/data/backup.db");
  const again = await start({ program: program(), port });
  expect(await textsOf(again.url)).toEqual(["Apa kabar?"]);
  await stopInside(again.pid());
  expect(await again.stop()).toBe(0);
});
