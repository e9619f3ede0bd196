/** The executable of this machine in empty folders: everything is inside, and every command works. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publish, textsOf } from "../support/backups.ts";
import { Client } from "../support/client.ts";
import { buildExecutable, sharedExecutable } from "../support/executable.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";
import { run } from "../support/run.ts";
import { useServers } from "../support/servers.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const program = [await sharedExecutable()];
const start = useServers();
/** Runs a command of the executable on a data folder, in an empty working directory. */
const command = (args: string[], dataDir?: string) =>
  run(args, { program, cwd: createFolder(), ...(dataDir ? { env: { KABAR_DATA_DIR: dataDir } } : {}) });

test("an empty folder is all that it needs: it serves the widget, the pages and the documentation, and chats", async () => {
  const dataDir = createFolder();
  const kabar = await start({ program, dataDir, env: { KABAR_LOG_LEVEL: "info" } });
  const list = (await (await fetch(`${kabar.url}/widget.json`)).json()) as {
    files: { url: string; bytes: number; integrity: string }[];
  };
  expect(list.files.length).toBeGreaterThan(30);
  for (const { url, integrity } of list.files) {
    const bytes = await (await fetch(url)).bytes();
    const hash = new Bun.CryptoHasher("sha384").update(bytes).digest("base64");
    expect({ url, integrity }).toEqual({ url, integrity: `sha384-${hash}` });
  }
  for (const path of [
    "/",
    "/plain",
    "/t/lobby",
    "/embed/lobby",
    "/docs/OPERATIONS.md",
    "/llms.txt",
    "/readyz",
  ])
    expect({ path, status: (await fetch(kabar.url + path)).status }).toEqual({ path, status: 200 });

  const reader = await Client.open(kabar.url, { name: "Budi" });
  await reader.ask("subscribe", { topic: "lobby" });
  const writer = await Client.open(kabar.url, { name: "Ana" });
  await publish(writer, 3000, "pad", 1000);
  await writer.publish("lobby", "Apa kabar?");
  await until("the newest message", async () => (await textsOf(kabar.url)).includes("Apa kabar?"));

  // The thread that checkpoints ran, and did not fail: its code is inside.
  expect(kabar.output()).not.toContain("checkpoint thread failed");
  const found = await until("the search", async () => {
    const answer = await fetch(`${kabar.url}/api/search?q=Apa`);
    return answer.ok && ((await answer.json()) as { messages: unknown[] }).messages.length > 0;
  });
  expect(found).toBe(true);
  const backup = join(createFolder(), "b.db");
  expect(await command(["backup", backup], dataDir)).toMatchObject({ code: 0 });
  await writer.publish("lobby", "after the backup");
  expect(await kabar.stop()).toBe(0);

  expect(await command(["restore", backup], dataDir)).toMatchObject({ code: 0 });
  const again = await start({ program, dataDir });
  expect((await textsOf(again.url)).at(-1)).toBe("Apa kabar?");
});

test("two builds have the same bytes, whatever their folder, and no path of this machine", async () => {
  const [one, other] = [
    await Bun.file(program[0] ?? "").bytes(),
    await Bun.file(await buildExecutable(createFolder())).bytes(),
  ];
  expect(Buffer.compare(one, other)).toBe(0);
  expect(Buffer.from(one).includes(join(import.meta.dir, "../../src"))).toBe(false);
});

test("every command runs, under its own name, and reads what lies in the working directory only if it is asked to", async () => {
  const help = await command(["--help"]);
  expect(help).toMatchObject({ code: 0, err: "" });
  expect(help.out).toContain("usage: kabar [COMMAND]");
  const folder = createFolder();
  writeFileSync(join(folder, "evil.ts"), `require("node:fs").writeFileSync("evil", "")`);
  writeFileSync(join(folder, "bunfig.toml"), `preload = ["./evil.ts"]`);
  writeFileSync(join(folder, ".env"), "KABAR_RETAIN_DAYS=wrong");
  writeFileSync(join(folder, "kabar.toml"), "retain_days = 7\n");
  const checked = await run(["check"], { program, cwd: folder });
  expect(checked).toMatchObject({ code: 0, err: "" });
  expect(checked.out).toContain("retain_days = 7");
  expect(existsSync(join(folder, "evil"))).toBe(false);

  const dataDir = join(folder, "data");
  const made = await command(["keys", "make", "deploys", "publish", "lobby"], dataDir);
  expect(made).toMatchObject({ code: 0 });
  expect((await command(["keys", "list"], dataDir)).out).toContain("deploys");
  const copy = join(createFolder(), "copy");
  expect(await command(["move", "--from", dataDir, "--to", copy])).toMatchObject({ code: 0 });
  expect(readdirSync(copy)).toContain("kabar.db");
  expect((await command(["doctor"], dataDir)).out).toContain("configuration");
  const { version } = (await Bun.file(join(import.meta.dir, "../../package.json")).json()) as {
    version: string;
  };
  expect(await command(["version"])).toMatchObject({ code: 0, out: `${version}\n` });
});
