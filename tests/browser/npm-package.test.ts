/**
 * The npm package: packed, installed into an empty project, and used there from Node, Bun, Vite and React against real servers.
 * The project's other packages are links to those of this checkout, so that the test needs no registry.
 */
import { collect } from "../support/run.ts";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "vite";
import { createClient } from "../../widget/package/public-client.ts";
import { browserTest, serve, until, useBrowser } from "../support/browser.ts";
import { createFolder } from "../support/folder.ts";
import { FOLLOWER, writeApplication } from "../support/package-programs.ts";
import { publish, stored } from "../support/messages.ts";
import { cleanEnv } from "../support/server.ts";
import { newContext, visitIn } from "../support/windows.ts";

useBrowser();

const root = join(import.meta.dir, "../..");
const project = createFolder();
const modules = join(project, "node_modules");
const children = new Set<Bun.Subprocess>();
const pages = new Set<Bun.Server<undefined>>();
let tarball = "";

/** Runs a program of the project to its end; returns what it printed. Throws with its output when it fails. */
async function run(command: string[], env: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn(command, {
    cwd: project,
    env: { ...cleanEnv(), ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const { out, err, code } = await collect(child);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${out}${err}`);
  return out;
}

/** Starts a program of the project; `lines` has what it printed so far. */
function start(command: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn(command, {
    cwd: project,
    env: { ...cleanEnv(), ...env },
    stdout: "pipe",
    stderr: "inherit",
  });
  children.add(child);
  const lines: string[] = [];
  const ended = (async () => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    }
  })();
  return { child, lines, ended };
}

const node = Bun.which("node") ?? "node";
const bin = (name: string) => join(root, "node_modules/.bin", name);

/** Links every package of this checkout into the project, but for the one under test. */
function linkPackages(): void {
  for (const name of readdirSync(join(root, "node_modules")))
    if (!name.startsWith(".") && name !== "kabar")
      symlinkSync(join(root, "node_modules", name), join(modules, name));
}

beforeAll(async () => {
  const packed = Bun.spawnSync(["npm", "pack", "--silent", "--pack-destination", project], {
    cwd: root,
    env: { ...cleanEnv(), PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}` },
  });
  if (packed.exitCode !== 0) throw new Error(`npm pack failed:\n${packed.stderr}`);
  tarball = join(project, readdirSync(project).find((name) => name.endsWith(".tgz")) ?? "");
  mkdirSync(modules);
  linkPackages();
  await run(["tar", "-xzf", tarball, "-C", modules]);
  await run(["mv", join(modules, "package"), join(modules, "kabar")]);
  mkdirSync(join(modules, ".bin"));
  symlinkSync("../kabar/.ci/kabar.mjs", join(modules, ".bin/kabar"));
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all([...children].map((child) => child.exited));
  await Promise.all([...pages].map((page) => page.stop(true)));
});

describe("the package", () => {
  test("holds what it exports and runs, and nothing else", async () => {
    const files = (await run(["tar", "-tzf", tarball])).trim().split("\n");
    const outside =
      /^package\/(?:src|widget|dist\/widget|dist\/package|docs)\/|^package\/\.ci\/(?:kabar|launch)\.mjs$/;
    expect(files.filter((file) => !outside.test(file)).sort()).toEqual(
      ["CHANGELOG.md", "LICENSE", "README.md", "llms.txt", "package.json"].map((name) => `package/${name}`),
    );
    expect(files.filter((file) => /\.(?:png|svg|part|map|test\.ts)$/.test(file))).toEqual([]);
    const { exports, bin, ...manifest } = await Bun.file(join(modules, "kabar/package.json")).json();
    expect(manifest.private).toBeUndefined();
    const named = [exports, bin].flatMap(
      (each) => JSON.stringify(each).match(/(?<=")\.[\w./-]+\.(?:m?js|ts)(?=")/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(8);
    for (const path of named) expect(files).toContain(join("package", path));
  });

  test("is clean for publint and arethetypeswrong", async () => {
    await run([node, bin("publint"), "run", tarball, "--strict"]);
    await run([node, bin("attw"), tarball, "--profile", "esm-only", "--format", "table-flipped"]);
  });

  test("starts the server with Node alone, and builds nothing", async () => {
    const { child, lines } = start([node, join(modules, ".bin/kabar"), "serve"], {
      PATH: "/nowhere",
      PORT: "0",
      KABAR_DATA_DIR: join(project, "data"),
    });
    const line = await until("the server listens", () => lines.find((each) => each.includes("listening on")));
    const url = /http:\S+/.exec(line)?.[0] ?? "";
    expect((await fetch(`${url}/widget.js`)).status).toBe(200);
    const built = (folder: string) => readFileSync(join(folder, "manifest.json"), "utf8");
    expect(built(join(project, "data/widget"))).toBe(built(join(modules, "kabar/dist/widget")));
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });
});

describe("kabar/client", () => {
  test("loses and repeats nothing in Node and Bun while the server dies and returns", async () => {
    const server = await serve();
    writeFileSync(join(project, "follow.mjs"), FOLLOWER);
    const kinds = [
      [node, "own"],
      [node, "ws"],
      [process.execPath, "own"],
      [process.execPath, "none"],
    ] as const;
    const each = 25;
    const all = each * kinds.length;
    const programs = kinds.map(([runtime, kind], i) =>
      start([runtime, "follow.mjs", server.url, `p${i}`, kind, String(each), String(all)]),
    );
    const watcher = createClient({ server: server.url });
    let count = 0;
    watcher.on("message", () => count++);
    await watcher.subscribe("lobby", { last: 200 });
    await until("half of the messages are stored", () => count > all / 2);
    await server.kill();
    await server.restart();
    const lists = await Promise.all(
      programs.map(async ({ ended, lines }) => {
        await ended;
        return JSON.parse(lines.at(-1) ?? "[]") as string[];
      }),
    );
    watcher.close();
    expect(lists[0]?.map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: all }, (_, i) => i + 1),
    );
    for (const list of lists) expect(list).toEqual(lists[0] ?? []);
  });

  test("continues from a cursor, names a gap, and reports what is wrong", async () => {
    const server = await serve();
    const first = createClient({ server: server.url, name: "Ana" });
    for (const text of ["one", "two", "three"]) await first.publish("lobby", text);
    const { top } = await first.subscribe("lobby");
    expect(top).toBe(3);
    const cursor = first.cursor("lobby");
    await first.command("react", { topic: "lobby", messageId: "r", target: 1, emoji: "👍", on: true });
    first.close();

    const seen: unknown[] = [];
    const second = createClient({ server: `${server.url}/`, token: server.operatorKey, name: "Boss" });
    second.on("message", ({ text }, { mine, replay }) => seen.push([text, mine, replay]));
    second.on("change", ({ kind, target }, { replay }) => seen.push([kind, target, replay]));
    second.on("gap", ({ reason }) => seen.push(reason));
    const subscription = await second.subscribe("lobby", { cursor });
    expect(subscription).toMatchObject({ recovered: true, can: { moderate: true } });
    expect(second.me).toMatchObject({ name: "Boss", role: "operator" });
    second.on("ephemeral", ({ text, offset }) => seen.push([text, offset]));
    await second.publish("lobby", { text: "four", replyTo: 1, title: "Title", priority: 4, data: { a: 1 } });
    await until("both entries arrived", () => seen.length === 2);
    expect(second.messages("lobby").at(-1)).toMatchObject({ title: "Title", priority: 4, data: { a: 1 } });
    expect(await second.publish("lobby", { text: "now", ephemeral: true })).toMatchObject({
      offset: 0,
      held: false,
    });
    await until("the ephemeral message arrived", () => seen.length === 3);
    subscription.unsubscribe();
    await second.subscribe("lobby", { cursor: { epoch: "another", offset: 7, tag: "x" }, last: 1 });
    await until("the gap and the newest message arrived", () => seen.length === 5);
    expect(seen).toEqual([
      ["react", 1, true],
      ["four", true, false],
      ["now", 0],
      "epoch",
      ["four", true, true],
    ]);

    await expect(second.publish("lobby", " ")).rejects.toMatchObject({ code: "text-empty", retry: false });
    await expect(second.publish("no topic", "x")).rejects.toMatchObject({ code: "bad-topic" });
    await expect(second.subscribe("nowhere")).rejects.toMatchObject({
      code: "topic-unknown",
      topic: "nowhere",
    });
    second.close();
    await expect(second.publish("lobby", "x")).rejects.toMatchObject({ code: "closed" });

    const errors: string[] = [];
    const wrong = createClient({ server: server.url, token: "no-such-key" });
    wrong.on("error", ({ code }) => errors.push(code));
    await expect(wrong.publish("lobby", "x")).rejects.toMatchObject({ code: "bad-credential" });
    expect({ errors, connection: wrong.connection }).toEqual({
      errors: ["bad-credential"],
      connection: "denied",
    });
    await expect(wrong.subscribe("lobby")).rejects.toMatchObject({ code: "bad-credential" });
    expect(() => createClient({ server: "chat.example" })).toThrow(
      'must be an address such as "https://chat.example"',
    );
    expect(() => wrong.on("mesage" as "message", () => undefined)).toThrow(
      "must be one of message, ephemeral",
    );
  });
});

describe("the examples", () => {
  test("are on docs/CLIENT.md as they are", () => {
    const page = readFileSync(join(root, "docs/CLIENT.md"), "utf8");
    for (const name of ["bot.ts", "thinking-bot.ts", "notifier.ts", "dashboard.tsx", "client.py"])
      expect(page).toContain(
        `\`\`\`${name.replace(/.*\./, "")}\n${readFileSync(join(root, "examples", name), "utf8")}\`\`\``,
      );
  });

  test("the bot answers once, in Node and in Bun", async () => {
    const server = await serve({ env: { KABAR_TOPICS: "lobby" } });
    cpSync(join(root, "examples/bot.ts"), join(project, "bot.mjs"));
    const bots = [node, process.execPath].map((runtime) => start([runtime, "bot.mjs", server.url]));
    const client = createClient({ server: server.url, name: "Ana" });
    const answers = new Set<string>();
    client.on("message", ({ text, user, replyTo, id }) => {
      if (user.name === "Time bot" || id.startsWith("re-")) answers.add(`${user.id} ${id}`);
      else if (text !== "!time") answers.add(`wrong: ${text} ${replyTo}`);
    });
    await client.subscribe("lobby");
    for (let i = 0; answers.size < 2; i++) {
      await client.publish("lobby", { text: "!time", id: `q-${i}` });
      await Promise.race([until("both bots answered", () => answers.size >= 2), Bun.sleep(300)]);
    }
    client.close();
    for (const { child } of bots) child.kill();
    for (const answer of answers) expect(answer).toMatch(/^g-\S+ re-q-\d+$/);
  });

  test("the notifier prints what came while it did not run, once", async () => {
    const server = await serve();
    cpSync(join(root, "examples/notifier.ts"), join(project, "notifier.mjs"));
    const cursor = join(project, "lobby.cursor");
    const from = async (runtime: string, expected: string[]) => {
      const { child, lines } = start([runtime, "notifier.mjs", server.url]);
      await until("it printed the messages", () => lines.length >= expected.length);
      await until("it kept its position", () => readFileSync(cursor, "utf8").includes(`"offset":${top}`));
      child.kill("SIGKILL");
      await child.exited;
      expect(lines.map((line) => line.replace(/^[^:]+: /, ""))).toEqual(expected);
    };
    await publish(server, "one");
    await publish(server, "two");
    let top = 2;
    await from(node, ["one", "two"]);
    await publish(server, "three");
    top = 3;
    await from(process.execPath, ["three"]);
    expect(await stored(server)).toEqual(["one", "two", "three"]);
  });
});

browserTest(
  "an application of Vite and React checks its types, shows the dashboard and the element, and resumes",
  async () => {
    const server = await serve();
    const folder = join(project, "app");
    writeApplication(folder);
    await run([process.execPath, "check", "-p", folder]);
    await build({ root: folder, logLevel: "error", base: "./", build: { outDir: join(project, "site") } });
    const site = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) =>
        new Response(Bun.file(join(project, "site", new URL(url).pathname.replace(/\/$/, "/index.html")))),
    });
    pages.add(site);
    expect(
      readdirSync(join(project, "site/assets"))
        .map((name) => basename(name))
        .filter((name) => name.startsWith("core-")),
    ).toHaveLength(1);

    const page = await visitIn(await newContext(), `${site.url}?server=${encodeURIComponent(server.url)}`);
    const listed = () => page.locator("#app > section li").allTextContents();
    const drawn = () => page.locator("kabar-chat [part~=message]").count();
    await page.getByText("online", { exact: true }).waitFor();
    await publish(server, "before");
    await until(
      "both show the first message",
      async () => (await listed()).length === 1 && (await drawn()) === 1,
    );
    await server.kill();
    await server.restart();
    await publish(server, "after");
    await until(
      "both show what came after the restart",
      async () => (await listed()).length === 2 && (await drawn()) === 2,
    );
    expect((await listed()).map((text) => text.split(" ").at(-1))).toEqual(["before", "after"]);
  },
);
