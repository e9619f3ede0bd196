import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "../support/folder.ts";
import { run as runProgram, startRun } from "../support/run.ts";
import { CHECKOUT, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

async function run(args: string[], env: Record<string, string> = {}) {
  const folder = createFolder();
  return { folder, ...(await runProgram(args, { cwd: folder, env })) };
}

/** The commands that the help lists. */
const commandsOf = (help: string): string[] =>
  [...help.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = ""]) => name);

describe("the command line", () => {
  test("--help and --version answer and serve nothing", async () => {
    const help = await run(["--help"]);
    expect([help.code, help.out.includes("--check")]).toEqual([0, true]);
    const { version } = (await Bun.file(join(import.meta.dir, "../../package.json")).json()) as {
      version: string;
    };
    expect(await run(["--version"])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  test("has the commands that its help lists; each shows its arguments and an example, and does nothing", async () => {
    const names = commandsOf((await run(["--help"])).out);
    expect(names).toEqual([
      "serve",
      "check",
      "keys",
      "users",
      "console",
      "backup",
      "restore",
      "move",
      "doctor",
      "health",
      "api",
      "version",
    ]);
    for (const name of names) {
      const { code, out, folder } = await run([name, "--help"]);
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(out).toMatch(new RegExp(`^usage:\\n  bun run src/server\\.ts ${name}`));
      expect(out).toMatch(new RegExp(`\\nexample:\\n  bun run src/server\\.ts ${name}`));
      expect(readdirSync(folder)).toEqual([]);
      if (name === "backup") expect((await run(["help", name])).out).toBe(out);
    }
  });

  test("a reader who stops reading is no failure; a full disk is one, in one line", async () => {
    const openapi = [...CHECKOUT, "api", "openapi"];
    const piped = async (command: string) => {
      const child = Bun.spawn(["sh", "-c", command, "sh", ...openapi], {
        cwd: createFolder(),
        stderr: "pipe",
      });
      return [await child.exited, await new Response(child.stderr).text()];
    };
    // The description does not fit into a pipe.
    expect(await piped(`{ "$@"; echo "$?" >&2; } | head -c 1 > /dev/null`)).toEqual([0, "0\n"]);
    if (!existsSync("/dev/full")) return;
    const [code, err] = await piped(`"$@" > /dev/full`);
    expect(code).toBe(1);
    expect(err).toMatch(/^kabar: the output could not be written: .+\n$/);
  });

  test("check and version answer as --check and --version do", async () => {
    for (const name of ["check", "version"]) {
      const [word, flag] = [await run([name]), await run([`--${name}`])];
      expect({ name, code: word.code, out: word.out }).toEqual({ name, code: 0, out: flag.out });
    }
  });

  test("version --check compares with a file, and ends with 1 when that names a newer version", async () => {
    const file = join(createFolder(), "latest.json");
    const compare = async (version: string) => {
      writeFileSync(file, JSON.stringify({ version, date: "2026-05-03", safeFrom: version }));
      return run(["version", "--check", file]);
    };
    expect(await compare("0.0.1")).toMatchObject({ code: 0, err: "" });
    expect(await compare("999.0.0")).toMatchObject({ code: 1, out: expect.stringContaining("update now") });
  });

  test("serve serves, as no command does", async () => {
    const folder = createFolder();
    const child = startRun(["serve"], { cwd: folder });
    let out = "";
    for await (const bytes of child.stdout) {
      out += new TextDecoder().decode(bytes);
      if (out.includes("listening on")) break;
    }
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(existsSync(join(folder, "data", "kabar.db"))).toBe(true);
  });

  test("every command reads the file of --config, before or after its name", async () => {
    const folder = createFolder();
    writeFileSync(join(folder, "other.toml"), 'data_dir = "./elsewhere"\n');
    for (const args of [
      ["keys", "list", "--config", "other.toml"],
      ["--config", "other.toml", "keys", "list"],
    ])
      expect(await runProgram(args, { cwd: folder })).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, "elsewhere", "kabar.db"))).toBe(true);
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  test("--check prints the effective configuration with masked secrets and creates nothing", async () => {
    const { code, out, folder } = await run(["--check"], {
      KABAR_OPERATOR_KEY: "a-very-secret-operator-key",
      KABAR_TOPICS: "news",
    });
    expect(code).toBe(0);
    expect(out).toContain('[topics."news"]');
    expect(out).not.toContain("a-very-secret");
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  test.each([
    [
      ["--prot"],
      {},
      'kabar: unknown argument "--prot"; allowed: --check, --config FILE, --help, --version.\n',
    ],
    [["sevre"], {}, /^kabar: unknown command "sevre"; allowed: serve, check, [a-z, ]+\.\n$/],
    [["version", "x"], {}, 'kabar: unknown argument "x"; usage: version [--check FILE]\n'],
    [["--config"], {}, "kabar: --config needs a file name.\n"],
    [["--config", "none.toml"], {}, "kabar: the configuration file none.toml does not exist.\n"],
    [[], { PORT: "http" }, 'kabar: PORT is "http", must be a whole number from 0 to 65535.\n'],
    [
      [],
      { KABAR_PORT: "3001" },
      /^kabar: unknown variable KABAR_PORT; the variable of this setting is PORT\.\n$/,
    ],
    [
      [],
      { KABAR_HOST: "::" },
      /^kabar: unknown variable KABAR_HOST; the variable of this setting is HOST\.\n$/,
    ],
    [[], { KABAR_PORTS: "1" }, /^kabar: unknown variable KABAR_PORTS; allowed: [^\n]+\n$/],
    [
      [],
      { KABAR_DATA_DIR: "/proc/nothing" },
      /^kabar: the data folder \/proc\/nothing can't be used: [^\n]+\n$/,
    ],
  ])("%j with %j is one clear line and exit code 2", async (args, env, message) => {
    const { code, out, err } = await run(args, env as Record<string, string>);
    expect([code, out]).toEqual([2, ""]);
    if (typeof message === "string") expect(err).toBe(message);
    else expect(err).toMatch(message);
  });

  test("a port in use is refused in one clear line", async () => {
    const kabar = await startKabar();
    const { code, err } = await run([], { PORT: String(kabar.port) });
    expect({ code, err }).toEqual({ code: 2, err: "kabar: the port is in use; choose another with PORT.\n" });
    await kabar.stop();
  });

  test("a first start prints the address and the tag, and stores the operator's key for its owner only", async () => {
    const kabar = await startKabar({ env: { KABAR_OPERATOR_KEY: "" } });
    const tag = /<script async src="http:\/\/localhost:\d+\/widget\.js" data-topic="lobby"><\/script>/;
    expect(kabar.output()).toMatch(tag);
    expect(kabar.output()).toContain("Guests may use lobby from any page");
    // Standard output is a pipe here, as under a supervisor: the key is where it is kept, and nowhere else.
    const file = join(kabar.dataDir, "operator.key");
    const shown = (await Bun.file(file).text()).trim();
    expect(shown.length).toBeGreaterThan(16);
    expect(kabar.output()).toContain(`Operator key made: see ${file}`);
    expect(kabar.output()).not.toContain(shown);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const works = () =>
      fetch(`${kabar.url}/api/topics/lobby/messages?name=Status`, {
        method: "POST",
        body: "up",
        headers: { Authorization: `Bearer ${shown}` },
      }).then((response) => response.status);
    expect(await works()).toBe(201);
    await kabar.restart();
    expect(kabar.output()).not.toContain(shown);
    expect(await works()).toBe(201);
    await kabar.stop();
  });
});
