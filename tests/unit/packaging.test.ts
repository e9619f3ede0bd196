/** The files that run Kabar in containers: what they set exists, and what they name is there. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json";
import { buildConfig } from "../../src/config.ts";

const root = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Service {
  image: string;
  build?: string;
  read_only?: boolean;
  environment?: Record<string, unknown>;
  volumes?: string[];
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/** The values that a compose file takes from its own environment. */
const GIVEN: Record<string, string> = { SITE: "chat.example.com" };
/** Puts the values in: `${NAME}`, `${NAME:-default}` and `${NAME:?error}` (docs.docker.com, interpolation). */
const fill = (text: string): string =>
  text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = "") => {
    const value = GIVEN[name] ?? (kind === "-" ? rest : undefined);
    if (value === undefined) throw new Error(`${name} has no value`);
    return value;
  });

const FILES = ["compose.yaml", "examples/nodes/compose.yaml"];
const load = (path: string) => Bun.YAML.parse(read(path)) as Compose;

test.each(FILES)(
  "%s: every node runs the image with settings that the server takes, and nothing but its data can be written",
  (path) => {
    const { services } = load(path);
    const nodes = Object.values(services).filter(({ image }) => image === "kabar");
    expect(nodes.length).toBe(path === "compose.yaml" ? 1 : 3);
    for (const { build = "", read_only, environment = {}, volumes = [] } of nodes) {
      expect(existsSync(join(root, dirname(path), build, "Dockerfile"))).toBe(true);
      expect(read_only).toBe(true);
      expect(volumes.map((each) => each.split(":")[1])).toEqual(["/data"]);
      for (const value of Object.values(environment)) expect(value).toBeString();
      const env = Object.entries(environment).map(([name, value]) => [name, fill(String(value))]);
      expect(buildConfig({}, Object.fromEntries(env))).toMatchObject({ trustedProxyHops: 1 });
    }
  },
);

test.each(FILES)("%s: volumes, files and services that it names exist", (path) => {
  const { services, volumes } = load(path);
  const used = Object.values(services).flatMap((service) => service.volumes ?? []);
  const sources = used.map((each) => each.split(":")[0] ?? "");
  expect(sources.filter((each) => !each.startsWith(".")).toSorted()).toEqual(Object.keys(volumes).toSorted());
  for (const each of sources.filter((source) => source.startsWith(".")))
    expect(existsSync(join(root, dirname(path), each))).toBe(true);
  for (const { depends_on = {} } of Object.values(services))
    for (const name of Object.keys(depends_on)) expect(Object.keys(services)).toContain(name);
});

test("the balancers of the example know its nodes", () => {
  const nodes = Object.keys(load("examples/nodes/compose.yaml").services).filter((name) =>
    /^node\d$/.test(name),
  );
  for (const file of ["nginx.conf", "Caddyfile"])
    expect([...read(`examples/nodes/${file}`).matchAll(/\bnode\d(?=:3000)/g)].map(([name]) => name)).toEqual(
      nodes,
    );
});

test("the image has the version of the package, settings that the server takes, and the Bun that is pinned", () => {
  const file = read("Dockerfile");
  expect(/^ARG VERSION=(.*)$/m.exec(file)?.[1]).toBe(packageJson.version);
  expect(/^FROM oven\/bun:(\S+)/m.exec(file)?.[1]).toBe(packageJson.dependencies.bun);
  const words = (/^ENV (.*)$/m.exec(file)?.[1] ?? "").split(" ");
  const env = Object.fromEntries(words.map((word) => word.split("=")));
  expect(buildConfig({}, env)).toMatchObject({ host: "0.0.0.0", port: 3000, dataDir: "/data" });
  // Everything that the build copies is let through to it.
  const sent = read(".dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  const copied = [...file.matchAll(/^COPY ((?!--from).*) \S+$/gm)].flatMap(([, paths = ""]) =>
    paths.split(" "),
  );
  expect(copied.toSorted()).toEqual(sent.toSorted());
  for (const path of sent) expect(existsSync(join(root, path))).toBe(true);
});
