/**
 * The packages inside an executable: listed from the lock file, as an SBOM (CycloneDX 1.5, cyclonedx.org) and as a file with
 * the licence of each. The tools that build the widget are not inside, and are left out.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const BUILD_TOOLS = ["esbuild", "terser"];

/** A package as the lock file describes it. */
interface Locked {
  version: string;
  /** A hash after `sha512-`, in base 64 (W3C Subresource Integrity). */
  integrity?: string;
  license?: string;
  dependencies?: Record<string, string>;
}

export interface Package extends Locked {
  name: string;
  /** Its folder, seen from the root. */
  path: string;
  /** The packages that it uses, as name and version. */
  uses: string[];
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readLock = () => JSON.parse(read("package-lock.json")).packages as Record<string, Locked>;
const idOf = ({ name, version }: { name: string; version: string }) => `${name}@${version}`;

/** A package of the lock file. Throws when the lock file has none of this name. */
export function lockedPackage(name: string): Package {
  const path = `node_modules/${name}`;
  const locked = readLock()[path];
  if (!locked) throw new Error(`package-lock.json has no ${name}.`);
  return { ...locked, name, path, uses: [] };
}

/** The names of the packages that Kabar itself uses. */
const listDirect = (): string[] =>
  Object.keys(readLock()[""]?.dependencies ?? {}).filter((name) => !BUILD_TOOLS.includes(name));

/** The packages whose code is in every executable, Bun among them, in the order of their names. */
export function listPackages(): Package[] {
  const lock = readLock();
  const found = new Map<string, Package>();
  /** The place of a package as Node looks for it: from the folder of the one that uses it, upwards. */
  const locate = (name: string, from: string): string | undefined => {
    for (let folder = from; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
      const path = `${folder}${folder && "/"}node_modules/${name}`;
      if (lock[path]) return path;
      if (folder === "") return undefined;
    }
  };
  const add = (name: string, from: string): string | undefined => {
    const path = locate(name, from);
    const locked = path === undefined ? undefined : lock[path];
    if (path === undefined || !locked) return undefined;
    const known = found.get(path);
    if (known) return idOf(known);
    const entry: Package = { ...locked, name, path, uses: [] };
    found.set(path, entry);
    for (const used of Object.keys(locked.dependencies ?? {}).toSorted()) {
      const id = add(used, path);
      if (id !== undefined) entry.uses.push(id);
    }
    return idOf(entry);
  };
  for (const name of listDirect()) add(name, "");
  return [...found.values()].toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** A licence as CycloneDX names it: the id of one, or an expression of several (SPDX 2.3, annex D). */
const licenceOf = (license: string) =>
  /^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license };

/** The SBOM of a release, for the systems whose packages of Bun are `buns`. The same commit gives the same text. */
export function drawBom(version: string, buns: readonly string[], madeAt: Date): string {
  const packages = [...listPackages(), ...buns.map(lockedPackage)];
  const components = packages.map((each) => ({
    type: "library",
    "bom-ref": idOf(each),
    name: each.name,
    version: each.version,
    scope: buns.includes(each.name) ? "optional" : "required",
    purl: `pkg:npm/${each.name.replace("@", "%40")}@${each.version}`,
    licenses: [licenceOf(each.license ?? "NOASSERTION")],
    ...(each.integrity?.startsWith("sha512-")
      ? {
          hashes: [
            { alg: "SHA-512", content: Buffer.from(each.integrity.slice(7), "base64").toString("hex") },
          ],
        }
      : {}),
  }));
  const top = { name: "kabar", version };
  const direct = listDirect();
  const used = packages.filter(({ name, path }) => path === `node_modules/${name}` && direct.includes(name));
  const dependencies = [
    { ref: idOf(top), dependsOn: used.map(idOf) },
    ...packages.map((each) => ({ ref: idOf(each), dependsOn: each.uses })),
  ];
  // A number from the contents in place of a random one (RFC 9562 section 5.8).
  const hash = new Bun.CryptoHasher("sha256").update(JSON.stringify(components)).digest("hex");
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  const bom = {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: {
      timestamp: madeAt.toISOString(),
      component: {
        type: "application",
        "bom-ref": idOf(top),
        ...top,
        purl: `pkg:npm/${idOf(top)}`,
        licenses: [licenceOf("MIT")],
      },
    },
    components,
    dependencies,
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

/** The text of a package's licence. Throws when it has none: then it must not go into an executable unseen. */
function licenceText({ name, path }: Package): string {
  // The package of Bun has no such file; the page of its documentation names the libraries that are linked into it.
  if (name === "bun")
    return read("node_modules/bun-types/docs/project/license.mdx").replace(/^---[\s\S]*?---\s*/, "");
  const file = readdirSync(join(root, path)).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`${path} has no file with its licence.`);
  return read(join(path, file));
}

/** The licences of Kabar and of all packages inside, as one text. */
export function drawLicences(): string {
  const parts = listPackages().map(
    (each) => `${idOf(each)} (${each.license ?? "see below"})\n\n${licenceText(each).trim()}`,
  );
  const line = `\n\n${"=".repeat(80)}\n\n`;
  return `${[`Kabar\n\n${read("LICENSE").trim()}`, ...parts].join(line)}\n`;
}
