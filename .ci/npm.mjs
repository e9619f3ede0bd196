// What `npm start` and `npm test` do on a machine that has Node and npm and nothing else: install what is pinned, find
// or install the parts that tests need, then hand over to Bun. Uses Node's own modules only.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [action, ...rest] = process.argv.slice(2);
const say = (line) => console.log(`kabar: ${line}`);
const fail = (line) => {
  console.error(`kabar: ${line}`);
  process.exit(1);
};
const runs = (command, args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: "inherit" }).status === 0;

/** Whether somebody ran `npm ci` or `npm install` since the lock file was written. */
function isInstalledByHand() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  return (
    statSync(record).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs && bunPath() !== undefined
  );
}

/** Installs the lock file's packages, once per lock file. `everything` includes what only tests need. */
function installPackages(everything) {
  const stamp = join(root, "node_modules", ".kabar-installed");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === `all ${lock}` || (!everything && installed === `some ${lock}`)) return;
  // A plain `npm ci` has left everything there: installing without what tests need would take that away.
  if (!everything && isInstalledByHand()) return;
  say("installing the pinned packages, Bun among them …");
  const args = ["ci", "--no-audit", "--no-fund", ...(everything ? [] : ["--omit=dev"])];
  if (!run("npm", args)) fail("npm ci failed; its message is above.");
  writeFileSync(stamp, `${everything ? "all" : "some"} ${lock}`);
}

/** The pinned Bun: where its package's install step put it, or in the package for this platform when that was not run. */
function bunPath() {
  const own = join(root, "node_modules", "bun", "bin", "bun.exe");
  const family = join(root, "node_modules", "@oven");
  const platform = `bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : "x64"}`;
  const candidates = [
    own,
    join(family, platform, "bin", "bun"),
    join(family, `${platform}-musl`, "bin", "bun"),
  ];
  return candidates.find((path) => existsSync(path) && runs(path, ["--version"]));
}
const findBun = () =>
  bunPath() ?? fail(`no Bun for ${process.platform} ${process.arch} among the installed packages.`);

const isRoot = process.getuid?.() === 0;
/** `sudo` where it asks for no password. */
const sudo = isRoot ? [] : ["sudo", "-n"];
const canApt = runs("apt-get", ["--version"]) && (isRoot || runs("sudo", ["-n", "true"]));
let aptUpdated = false;
const asRoot = (...command) => {
  const [first, ...args] = [...sudo, ...command];
  return run(first, args);
};

/** Installs Debian packages where that is possible; false where it is not. */
function apt(...packages) {
  if (!canApt) return false;
  if (!aptUpdated) asRoot("apt-get", "update", "-qq");
  aptUpdated = true;
  say(`installing ${packages.join(" ")} from Debian's packages …`);
  const how = ["-y", "-qq", "--no-install-recommends"];
  return asRoot("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", ...how, ...packages);
}

const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** The browser for the browser tests: one that is there, Debian's, or Playwright's own. */
async function findChromium() {
  const there = () => [process.env.CHROMIUM_PATH, ...CHROMIUMS].find((path) => path && existsSync(path));
  if (there()) return there();
  const fonts = ["fonts-noto-core", "fonts-noto-color-emoji"];
  // Ubuntu has it by another name.
  if ((apt("chromium", ...fonts) || apt("chromium-browser", ...fonts)) && there()) return there();
  const { chromium } = await import("@playwright/test");
  if (existsSync(chromium.executablePath())) return chromium.executablePath();
  say("installing Playwright's Chromium …");
  const cli = join(root, "node_modules", "playwright", "cli.js");
  if (run(process.execPath, [cli, "install", "chromium"])) return chromium.executablePath();
  return fail("no Chromium: install one and name it in CHROMIUM_PATH.");
}

const isThere = (paths) => paths.some((path) => path && existsSync(path));
/** Debian keeps servers in folders that are not on everybody's PATH. */
const PATH = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin`;
const isCommand = (name) => isThere(PATH.split(delimiter).map((folder) => join(folder, name)));

/**
 * Other real parts that tests need: whether each is there, and the names of its package, of which the first that can be
 * installed is taken. A test whose part is still missing then fails and says what to install.
 */
const PARTS = [
  {
    name: "Firefox",
    isPresent: () => isThere([process.env.FIREFOX_PATH, "/usr/bin/firefox-esr", "/usr/bin/firefox"]),
    packages: ["firefox-esr", "firefox"],
  },
  {
    name: "WebKitGTK's WebDriver",
    isPresent: () => isCommand("WebKitWebDriver"),
    packages: ["webkit2gtk-driver"],
  },
  { name: "Xvfb", isPresent: () => isCommand("Xvfb"), packages: ["xvfb"] },
  { name: "nginx", isPresent: () => isCommand("nginx"), packages: ["nginx-light", "nginx"] },
];

function findParts() {
  for (const { name, isPresent, packages } of PARTS) {
    if (isPresent() || packages.some((one) => apt(one) && isPresent())) continue;
    console.warn(`kabar: no ${name}: install ${packages[0]}. Tests that need it will fail.`);
  }
}

/** A Python with `websockets`, one of the foreign clients: any on PATH, Debian's, or one in a folder of ours. */
function findPython() {
  const has = (path) => runs(path, ["-c", "import websockets"]);
  const there = () =>
    [
      process.env.TEST_PYTHON,
      ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "python3")),
      "/usr/bin/python3",
    ].find((path) => path && existsSync(path) && has(path));
  if (there()) return there();
  if (apt("python3-websockets") && there()) return there();
  const folder = join(root, "node_modules", ".python");
  say("installing Python's websockets …");
  mkdirSync(folder, { recursive: true });
  const python = join(folder, "bin", "python3");
  if (run("python3", ["-m", "venv", folder]) && run(python, ["-m", "pip", "install", "-q", "websockets"]))
    return python;
  return fail("no Python with the package websockets: install one and name it in TEST_PYTHON.");
}

/** Runs a command, passing on what it prints as it comes; resolves to its exit code and its text. */
function follow(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env } });
    let text = "";
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.on("data", (bytes) => {
        text += bytes;
        to.write(bytes);
      });
    }
    child.on("close", (code) => resolve({ code: code ?? 1, text }));
  });
}

/** How often it is looked whether npm is still there. */
const ORPHAN_CHECK_MS = 500;

function start(bun) {
  const server = spawn(bun, ["run", "src/server.ts", ...rest], { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill(signal));
  // npm passes a signal on to its shell, which may end without us: a server without its npm would keep port and folder.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || server.kill("SIGTERM"), ORPHAN_CHECK_MS).unref();
  server.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

async function test(bun) {
  if (!runs("curl", ["--version"]) && !apt("curl")) fail("no curl: install it.");
  findParts();
  const env = { STRICT_TESTS: "1", CHROMIUM_PATH: await findChromium(), TEST_PYTHON: findPython() };
  env.PATH = PATH;
  say("checking types, rules and style …");
  const verified = await follow(bun, ["run", "verify"], env);
  // Most tests wait for a browser or a server, so that three files at a time halve the time. Real browsers on a crowded
  // machine miss a moment now and then: what fails is tried again, and named in the output.
  const how = ["--parallel=3", "--timeout", "60000", "--retry", "2"];
  const { code, text } = await follow(bun, ["test", ...how, ...rest], env);
  const count = (word) => Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0);
  const failed = count("fail") + (verified.code === 0 ? 0 : 1);
  if (verified.code !== 0) console.error("kabar: types, rules or style are not in order; see above.");
  console.log(`${count("pass")} passed, ${failed} failed`);
  process.exit(code === 0 && failed === 0 ? 0 : 1);
}

if (action === "start") {
  installPackages(false);
  start(findBun());
} else if (action === "test") {
  installPackages(true);
  await test(findBun());
} else fail("usage: node .ci/npm.mjs start|test");
