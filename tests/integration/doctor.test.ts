/** The command `doctor`: green where all is well, and a line with what to do for each trouble that it was made to find. */
import { Database } from "bun:sqlite";
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { hasNginx, startNginx } from "../audit/nginx.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { substitute } from "../support/recipes.ts";
import { run, type RunOptions } from "../support/run.ts";
import { OPERATOR_KEY, type RunningKabar, type StartOptions, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

const linux = test.skipIf(process.platform !== "linux");
const withNginx = testWith("nginx", hasNginx, "apt install nginx-light");

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});
async function start(options: StartOptions = {}): Promise<RunningKabar> {
  const kabar = await startKabar({ ...options, env: { KABAR_MAX_SESSIONS: "500", ...options.env } });
  ends.push(() => kabar.stop());
  return kabar;
}

/** Few sessions: the machine that tests may have a low limit of open files. */
const CALM = { KABAR_MAX_SESSIONS: "500", KABAR_OPERATOR_KEY: OPERATOR_KEY };

/** Runs `doctor`; `found` has the lines that are not ok, with their advice. */
async function doctor(args: string[], options: RunOptions = {}) {
  const { code, out, err } = await run(["doctor", ...args], { ...options, env: { ...CALM, ...options.env } });
  // Whether a time server is near is the machine's own business.
  const found = (out.match(/^(?:warn|bad) .*(?:\n {6}→ .*)?/gm) ?? []).filter(
    (line) => !/^warn {2}clock .*time server/.test(line),
  );
  return { code, out, err, found };
}
const ofServer = (kabar: RunningKabar, env: Record<string, string> = {}): RunOptions => ({
  env: { PORT: String(kabar.port), KABAR_DATA_DIR: kabar.dataDir, ...env },
});

describe("doctor is green", () => {
  test("in an empty folder, where it creates nothing", async () => {
    const cwd = createFolder();
    const { code, found, out } = await doctor([], { cwd });
    expect({ code, found }).toEqual({ code: 0, found: [] });
    for (const about of ["configuration", "data folder", "disk", "log", "clock", "open files", "port"])
      expect(out).toMatch(new RegExp(`^(ok|warn) +${about} `, "m"));
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("beside a running server, which it asks under its own address", async () => {
    const kabar = await start();
    const { code, found, out } = await doctor([kabar.url], ofServer(kabar));
    expect({ code, found }).toEqual({ code: 0, found: [] });
    for (const line of [
      /^ok +server +answers on .*, ready$/m,
      /^ok +upgrade /m,
      /^ok +live events /m,
      /^ok +forwarded for +no proxy in between; the server counts 127\.0\.0\.1$/m,
    ])
      expect(out).toMatch(line);
  });
});

describe("on this machine, doctor finds", () => {
  test("a wrong configuration", async () => {
    const { code, found } = await doctor([], { cwd: createFolder(), env: { PORT: "http" } });
    expect(code).toBe(1);
    expect(found).toEqual([expect.stringContaining('PORT is "http", must be a whole number') as never]);
  });

  test("settings that do not fit together", async () => {
    const { code, found } = await doctor([], {
      cwd: createFolder(),
      env: { KABAR_ALLOWED_ORIGINS: "https://example.com", KABAR_TOKEN_KEYS: "https://issuer.example/keys" },
    });
    expect(code).toBe(0);
    expect(found.join("\n")).toMatch(/set public_url.*\n.*\n.*set token_audience/);
  });

  test("a data folder that others may enter, with the files that they may read", async () => {
    const kabar = await start();
    chmodSync(kabar.dataDir, 0o755);
    chmodSync(join(kabar.dataDir, "guest.secret"), 0o644);
    const { code, found } = await doctor([], ofServer(kabar));
    expect(code).toBe(0);
    expect(found).toEqual([
      `warn  data folder     other users can enter ${kabar.dataDir} and read guest.secret\n      → chmod 700 ${kabar.dataDir}`,
    ]);
  });

  linux.each([
    ["ro,size=64m", /bad {3}data folder +this user can't write to .*\n.*chown/],
    ["size=64m", /bad {3}disk +[\d.]+ MB free\n.*retain_messages/],
    ["size=500m", /warn {2}disk +[\d.]+ MB free: a backup beside the log would not fit/],
  ])("a disk mounted with %s", async (mount, line) => {
    const folder = createFolder();
    const script = `mount -t tmpfs -o ${mount} kabar "$0" || exit 99; exec "$@"`;
    const wrapper = ["unshare", "-rm", "sh", "-c", script, folder];
    const { found } = await doctor([], { wrapper, env: { KABAR_DATA_DIR: folder } });
    expect(found.join("\n")).toMatch(line);
  });

  linux("a low limit of open files, with the number that is needed", async () => {
    const wrapper = ["sh", "-c", 'ulimit -n 400; exec "$@"', "sh"];
    const { code, found } = await doctor([], { wrapper, cwd: createFolder() });
    expect(code).toBe(0);
    expect(found).toEqual([
      expect.stringMatching(/this shell may open 400, max_sessions is 500\n.*LimitNOFILE=700/) as never,
    ]);
  });

  test("a clock before the newest message, a log of a newer version, and a damaged one", async () => {
    const kabar = await start();
    await fetch(`${kabar.url}/api/topics/lobby/messages`, { method: "POST", body: "x" });
    await kabar.kill();
    const change = (sql: string) => {
      const db = new Database(join(kabar.dataDir, "kabar.db"));
      db.run(sql);
      db.close();
    };
    change(`UPDATE topic SET at = ${Date.now() + 3_600_000}`);
    expect((await doctor([], ofServer(kabar))).found.join()).toMatch(
      /bad {3}clock +.* is before the newest message/,
    );
    change("UPDATE topic SET at = 1");
    change("PRAGMA user_version = 99");
    expect((await doctor([], ofServer(kabar))).found.join()).toMatch(
      /bad {3}log +.*newer Kabar \(schema 99\);/,
    );
    await Bun.write(
      join(kabar.dataDir, "kabar.db"),
      "no database at all, but long enough to be read as one".repeat(20),
    );
    const { code, found } = await doctor([], ofServer(kabar));
    expect(code).toBe(1);
    expect(found.join()).toMatch(/bad {3}log +.*can't be read: the database is damaged .*\n.*restore FILE/);
  });

  test("a port that another program, or another Kabar, has", async () => {
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
    ends.push(() => other.stop(true));
    const foreign = await doctor([], { cwd: createFolder(), env: { PORT: String(other.port) } });
    expect(foreign.code).toBe(1);
    expect(foreign.found.join()).toMatch(/bad {3}port +another program listens on 127\.0\.0\.1:\d+\n.*PORT/);
    const kabar = await start();
    const twin = await doctor([], { cwd: createFolder(), env: { PORT: String(kabar.port) } });
    expect(twin.found.join()).toMatch(/bad {3}port +a Kabar with another data folder listens/);
    const lost = await doctor([], ofServer(kabar, { PORT: String(findFreePort()) }));
    expect(lost.found.join()).toMatch(/bad {3}port +a server holds .*, and no Kabar answers on/);
  });

  test("a database that does not answer, without its password", async () => {
    const env = { KABAR_LOG: `postgres://kabar:hidden@127.0.0.1:${findFreePort()}/kabar` };
    const { code, found, out } = await doctor([], { cwd: createFolder(), env });
    expect(code).toBe(1);
    expect(found.join()).toMatch(/bad {3}log +PostgreSQL .*can't be reached/);
    expect(out).not.toContain("hidden");
  });

  test.each([
    [["localhost"], 'kabar: ADDRESS is "localhost", must be an address like https://chat.example.\n'],
    [["http://a/?x"], 'kabar: ADDRESS is "http://a/?x", must be an address like https://chat.example.\n'],
    [["http://a", "http://b"], "kabar: usage: doctor [ADDRESS]\n"],
  ])("%j refused as an address", async (args, err) => {
    expect(await doctor(args, { cwd: createFolder() })).toMatchObject({ code: 2, out: "", err });
  });
});

test("doctor is green below a path, which it takes from public_url", async () => {
  const port = findFreePort();
  const env = { KABAR_PUBLIC_URL: `http://127.0.0.1:${port}/chat` };
  const kabar = await start({ port, env });
  const { code, found, out } = await doctor([], ofServer(kabar, env));
  expect({ code, found }).toEqual({ code: 0, found: [] });
  expect(out).toMatch(/^ok +address +http:\S+\/chat answers$/m);
});

describe("behind nginx, doctor", () => {
  const FORWARDED = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
  /** Runs `doctor` on a server behind nginx, whose recipe is changed. */
  async function behind(hops: number, adapt: (recipe: string) => string = (recipe) => recipe) {
    const kabar = await start({ env: { KABAR_TRUSTED_PROXY_HOPS: String(hops) } });
    const nginx = await startNginx(findFreePort(), kabar.url, { adapt });
    ends.push(() => nginx.stop());
    return doctor([nginx.url], ofServer(kabar));
  }

  withNginx("is green with the recipe of examples/proxies/", async () => {
    const { code, found, out } = await behind(1);
    expect({ code, found }).toEqual({ code: 0, found: [] });
    expect(out).toMatch(
      /^ok +forwarded for +one proxy; the server counts 127\.0\.0\.1, and no made-up address$/m,
    );
  });

  withNginx("finds an upgrade that does not come through", async () => {
    const { code, found } = await behind(1, (recipe) =>
      substitute(recipe, "proxy_set_header Upgrade $http_upgrade;", ""),
    );
    expect(code).toBe(1);
    expect(found).toEqual([
      expect.stringMatching(/^bad {3}upgrade +no WebSocket opens.*\n.*Upgrade and Connection/) as never,
    ]);
  });

  withNginx("finds events that are held back", async () => {
    const { code, found } = await behind(1, (recipe) =>
      substitute(
        recipe,
        "proxy_read_timeout 1h;",
        "proxy_read_timeout 1h; proxy_ignore_headers X-Accel-Buffering; gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any;",
      ),
    );
    expect(code).toBe(1);
    expect(found).toEqual([
      expect.stringMatching(/^bad {3}live events +no event arrived within .*\n.*buffering/) as never,
    ]);
  });

  withNginx("counts the proxies where trusted_proxy_hops is too small or too large", async () => {
    const few = await behind(0);
    expect(few.found).toEqual([
      "bad   forwarded for   one proxy adds to X-Forwarded-For, and trusted_proxy_hops is 0: all visitors share the address 127.0.0.1\n      → set trusted_proxy_hops = 1",
    ]);
    const many = await behind(2);
    expect(many.found).toEqual([
      expect.stringMatching(
        /^bad {3}forwarded for +a visitor can choose an address: .*\n.*set trusted_proxy_hops = 1$/,
      ) as never,
    ]);
  });

  withNginx(
    "finds a proxy that passes on what visitors claim, or tells no address, or another host",
    async () => {
      const passing = await behind(1, (recipe) => substitute(recipe, FORWARDED, ""));
      expect(passing.found).toEqual([
        expect.stringMatching(/^bad {3}forwarded for +a visitor can choose an address/) as never,
      ]);
      const silent = await behind(1, (recipe) =>
        substitute(recipe, FORWARDED, 'proxy_set_header X-Forwarded-For "";'),
      );
      expect(silent.found).toEqual([
        expect.stringMatching(/^bad {3}forwarded for +trusted_proxy_hops is 1, and no proxy adds/) as never,
      ]);
      const renaming = await behind(1, (recipe) =>
        substitute(recipe, "proxy_set_header Host $http_host;", "proxy_set_header Host $host;"),
      );
      expect(renaming.found).toEqual([
        expect.stringMatching(/^warn {2}host +the server receives the host 127\.0\.0\.1 instead of/) as never,
      ]);
    },
  );

  withNginx("finds an address that is dead, leads elsewhere, or to another server", async () => {
    const kabar = await start();
    const dead = await doctor([`http://127.0.0.1:${findFreePort()}`], ofServer(kabar));
    expect(dead.found.join()).toMatch(/bad {3}address +.* does not answer/);
    const moved = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.redirect("https://new.example/"),
    });
    ends.push(() => moved.stop(true));
    const redirected = await doctor([`http://127.0.0.1:${moved.port}`], ofServer(kabar));
    expect(redirected.found.join()).toMatch(/bad {3}address +.* leads on to https:\/\/new\.example\//);
    const other = await start();
    const wrong = await doctor([other.url], ofServer(kabar));
    expect(wrong.found.join()).toMatch(/warn {2}address +.* leads to another Kabar/);
  });
});
