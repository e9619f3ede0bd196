// Runs `npm start` and `npm test` on a machine that has Node and npm only. Installs the pinned packages, finds or installs
// the browsers and programs that tests need, then hands over to Bun. Imports nothing but Node's own modules and launch.mjs.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBun as findPinnedBun, hasNpmEnded, runBun, SIGNALS, starts } from "./launch.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [action, ...rest] = process.argv.slice(2);
const say = (line) => console.log(`kabar: ${line}`);
const fail = (line) => {
  console.error(`kabar: ${line}`);
  process.exit(1);
};
const runs = (command, args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: "inherit" }).status === 0;

/** Tells whether `npm ci` or `npm install` was run by hand since the lock file was written. */
function isInstalledByHand() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  return (
    statSync(record).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs && bunPath() !== undefined
  );
}

const isLink = (path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** Installs the lock file's packages, once per lock file. `everything` includes the packages that only tests need. */
function installPackages(everything) {
  const stamp = join(root, "node_modules", ".kabar-installed");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === `all ${lock}` || (!everything && installed === `some ${lock}`)) return;
  // `npm ci` would empty the folder that a link leads to, which another checkout uses.
  if (isLink(join(root, "node_modules")) && bunPath() !== undefined) return;
  // A plain `npm ci` has installed everything; installing again with `--omit=dev` would remove the tests' packages.
  if (!everything && isInstalledByHand()) return;
  say("installing the pinned packages, Bun among them …");
  const args = ["ci", "--no-audit", "--no-fund", everything ? "--include=dev" : "--omit=dev"];
  if (!run("npm", args)) fail("npm ci failed; its message is above.");
  writeFileSync(stamp, `${everything ? "all" : "some"} ${lock}`);
}

const bunPath = () => findPinnedBun(import.meta.url);
const findBun = () =>
  bunPath() ?? fail(`no Bun for ${process.platform} ${process.arch} among the installed packages.`);

const isRoot = process.getuid?.() === 0;
/** `-n`: sudo fails instead of asking for a password. */
const sudo = isRoot ? [] : ["sudo", "-n"];
const canApt = runs("apt-get", ["--version"]) && (isRoot || runs("sudo", ["-n", "true"]));
let aptUpdated = false;
const asRoot = (...command) => {
  const [first, ...args] = [...sudo, ...command];
  return run(first, args);
};

/**
 * Runs its arguments as a command while Debian's packages may start no service: nginx, installed for tests, would otherwise
 * listen on port 80 at once. A policy that the machine already has stays; ours goes however the command ends.
 */
const WITHOUT_SERVICES = `
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
"$@"`;

/** Seconds to wait for another program that installs packages, such as a fresh machine's own updates. */
const APT_LOCK_S = 120;

/** Installs Debian packages, without starting their services. Returns false where that is not possible. */
function apt(...packages) {
  if (!canApt) return false;
  if (!aptUpdated) asRoot("apt-get", "update", "-qq");
  aptUpdated = true;
  say(`installing ${packages.join(" ")} from Debian's packages …`);
  const install = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq"];
  const how = ["--no-install-recommends", "-o", `DPkg::Lock::Timeout=${APT_LOCK_S}`];
  return asRoot("sh", "-c", WITHOUT_SERVICES, "sh", ...install, ...how, ...packages);
}

const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** Finds the browser for the browser tests: an installed one, Debian's, or Playwright's own. */
async function findChromium() {
  const installed = () => [process.env.CHROMIUM_PATH, ...CHROMIUMS].find(starts);
  const fonts = ["fonts-noto-core", "fonts-noto-color-emoji"];
  const found = installed() ?? (apt("chromium", ...fonts) ? installed() : undefined);
  if (found) return found;
  const { chromium } = await import("@playwright/test");
  if (existsSync(chromium.executablePath())) return chromium.executablePath();
  say("installing Playwright's Chromium …");
  const cli = join(root, "node_modules", "playwright", "cli.js");
  if (run(process.execPath, [cli, "install", "chromium"])) return chromium.executablePath();
  return fail("no Chromium: install one and name it in CHROMIUM_PATH.");
}

/** Debian keeps servers in `/usr/sbin`, which is not on every user's PATH. */
const PATH = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin`;
const isCommand = (name) => PATH.split(delimiter).some((folder) => existsSync(join(folder, name)));

/**
 * The other programs that tests need: whether each is installed, and its packages, tried in this order. A test that misses
 * its program fails with a sentence that names what to install.
 */
const PARTS = [
  {
    name: "Firefox",
    isPresent: () => [process.env.FIREFOX_PATH, "/usr/bin/firefox-esr", "/usr/bin/firefox"].some(starts),
    packages: ["firefox-esr", "firefox"],
  },
  {
    name: "WebKitGTK's WebDriver",
    isPresent: () => isCommand("WebKitWebDriver"),
    packages: ["webkit2gtk-driver"],
  },
  { name: "Xvfb", isPresent: () => isCommand("Xvfb"), packages: ["xvfb"] },
  {
    name: "nginx",
    isPresent: () => isCommand("nginx"),
    packages: ["nginx-light", "nginx"],
    service: "nginx",
  },
  { name: "HAProxy", isPresent: () => isCommand("haproxy"), packages: ["haproxy"], service: "haproxy" },
  { name: "Caddy", isPresent: () => isCommand("caddy"), packages: ["caddy"], service: "caddy" },
  { name: "Apache", isPresent: () => isCommand("apache2"), packages: ["apache2"], service: "apache2" },
  { name: "systemd-analyze", isPresent: () => isCommand("systemd-analyze"), packages: ["systemd"] },
  { name: "buildah", isPresent: () => isCommand("buildah"), packages: ["buildah"] },
  { name: "OpenSSL", isPresent: () => isCommand("openssl"), packages: ["openssl"] },
  {
    name: "PostgreSQL",
    isPresent: () => isCommand("initdb") || existsSync("/usr/lib/postgresql"),
    packages: ["postgresql"],
    service: "postgresql",
  },
  {
    name: "PgBouncer",
    isPresent: () => isCommand("pgbouncer"),
    packages: ["pgbouncer"],
    service: "pgbouncer",
  },
];

function installParts() {
  for (const { name, isPresent, packages, service } of PARTS) {
    if (isPresent()) continue;
    const wasInstalled = packages.some((one) => apt(one) && isPresent());
    // Installing enables the service; without this nginx would listen on port 80 from the next boot on.
    if (wasInstalled && service && existsSync("/run/systemd/system"))
      asRoot("systemctl", "disable", "--quiet", service);
    if (wasInstalled) continue;
    console.warn(`kabar: no ${name}: install ${packages[0]}. Tests that need it will fail.`);
  }
}

/** Finds a Python with `websockets`, one of the foreign clients: any on PATH, Debian's, or one in `node_modules/.python`. */
function findPython() {
  const has = (path) => runs(path, ["-c", "import websockets"]);
  const installed = () =>
    [
      process.env.TEST_PYTHON,
      ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "python3")),
      "/usr/bin/python3",
    ].find((path) => path && existsSync(path) && has(path));
  const found = installed() ?? (apt("python3-websockets") ? installed() : undefined);
  if (found) return found;
  const folder = join(root, "node_modules", ".python");
  say("installing Python's websockets …");
  mkdirSync(folder, { recursive: true });
  const python = join(folder, "bin", "python3");
  if (run("python3", ["-m", "venv", folder]) && run(python, ["-m", "pip", "install", "-q", "websockets"]))
    return python;
  return fail("no Python with the package websockets: install one and name it in TEST_PYTHON.");
}

/** The command that `follow` runs now. */
let current;

/** Runs a command and prints its output as it comes; resolves to its exit code and its output. */
function follow(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env } });
    current = child;
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

function start(bun) {
  if (hasNpmEnded()) fail("npm was stopped, so no server is started.");
  runBun(bun, ["run", "src/server.ts", ...rest], { cwd: root });
}

async function test(bun) {
  for (const signal of SIGNALS)
    process.on(signal, () => {
      current?.kill(signal);
      process.exit(1);
    });
  if (!runs("curl", ["--version"]) && !apt("curl")) fail("no curl: install it.");
  installParts();
  const env = { STRICT_TESTS: "1", CHROMIUM_PATH: await findChromium(), TEST_PYTHON: findPython() };
  env.PATH = PATH;
  say("checking types, rules and style …");
  const verified = await follow(bun, ["run", "verify"], env);
  // Most tests wait for a browser or a server, so three files at a time halve the time. A real browser on a busy machine
  // misses a deadline now and then: a test that fails is run again, and the output names it.
  const how = ["--parallel=3", "--timeout", "60000", "--retry", "2"];
  const { code, text } = await follow(bun, ["test", ...how, ...rest], env);
  const count = (word) => Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0);
  // A run that ended without a summary is a failure too.
  const failed = Math.max(count("fail"), code === 0 ? 0 : 1) + (verified.code === 0 ? 0 : 1);
  if (verified.code !== 0) console.error("kabar: types, rules or style are not in order; see above.");
  console.log(`${count("pass")} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

if (action === "start") {
  installPackages(false);
  start(findBun());
} else if (action === "test") {
  installPackages(true);
  await test(findBun());
} else fail("usage: node .ci/npm.mjs start|test");
