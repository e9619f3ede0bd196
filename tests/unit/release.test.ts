/** Archives, SBOM and licences of a release. */
import { expect, test } from "bun:test";
import { unzipSync } from "fflate";
import packageJson from "../../package.json";
import { type ArchiveFile, drawTarGz, drawZip } from "../../.ci/archives.ts";
import { drawBom, drawLicences, listPackages } from "../../.ci/inventory.ts";
import { TARGETS } from "../../.ci/targets.ts";

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const FILES: ArchiveFile[] = [
  { path: "kabar-1/kabar", bytes: bytesOf("x".repeat(1000)), isProgram: true },
  { path: "kabar-1/LICENSES.txt", bytes: bytesOf("MIT"), isProgram: false },
];
const TIME = new Date("2026-05-03T01:02:04Z");

test("an archive holds its files with their rights and time, and its bytes do not depend on the zone of the machine", async () => {
  const packed = new Uint8Array(drawTarGz(FILES, TIME));
  const found = [...(await new Bun.Archive(packed).files())];
  expect(found.map(([path, file]) => [path, file.size])).toEqual([
    ["kabar-1/kabar", 1000],
    ["kabar-1/LICENSES.txt", 3],
  ]);
  const tar = Buffer.from(Bun.gunzipSync(packed));
  const headerAt = [0, 512 + 1024];
  expect(headerAt.map((at) => tar.toString("latin1", at + 100, at + 107))).toEqual(["0000755", "0000644"]);
  expect(headerAt.map((at) => Number.parseInt(tar.toString("latin1", at + 136, at + 147), 8) * 1000)).toEqual(
    [TIME.getTime(), TIME.getTime()],
  );

  const zones = ["UTC", "Asia/Jakarta"].map((zone) => {
    const before = process.env.TZ;
    process.env.TZ = zone;
    const zip = Buffer.from(drawZip(FILES, TIME));
    process.env.TZ = before ?? "";
    if (before === undefined) delete process.env.TZ;
    return zip;
  });
  expect(zones[0]?.equals(zones[1] ?? Buffer.alloc(0))).toBe(true);
  const unzipped = unzipSync(new Uint8Array(zones[0] ?? []));
  expect(Object.entries(unzipped).map(([path, bytes]) => [path, bytes.length])).toEqual([
    ["kabar-1/kabar", 1000],
    ["kabar-1/LICENSES.txt", 3],
  ]);
});

test("the SBOM names Bun and every package inside, and none that only builds or tests", () => {
  const buns = TARGETS.map(({ bun }) => bun);
  const text = drawBom("1.2.3", buns, TIME);
  expect(drawBom("1.2.3", buns, TIME)).toBe(text);
  const bom = JSON.parse(text) as {
    serialNumber: string;
    components: { name: string; version: string; "bom-ref": string; hashes: unknown[] }[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  expect(bom.serialNumber).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const names = bom.components.map(({ name }) => name);
  const { esbuild: _, terser: __, ...inside } = packageJson.dependencies;
  for (const [name, version] of Object.entries(inside))
    expect(bom.components).toContainEqual(expect.objectContaining({ name, version }));
  for (const name of buns) expect(names).toContain(name);
  for (const name of ["esbuild", "terser", ...Object.keys(packageJson.devDependencies)])
    expect(names).not.toContain(name);
  expect(bom.components.every(({ hashes }) => hashes.length === 1)).toBe(true);
  const refs = new Set(["kabar@1.2.3", ...bom.components.map((each) => each["bom-ref"])]);
  for (const { ref, dependsOn } of bom.dependencies)
    for (const each of [ref, ...dependsOn]) expect(refs.has(each)).toBe(true);
  expect(bom.dependencies[0]?.dependsOn.toSorted()).toEqual(
    Object.entries(inside)
      .map(([name, version]) => `${name}@${version}`)
      .toSorted(),
  );
});

test("the file of licences has the text of each package inside", () => {
  const text = drawLicences();
  for (const { name, version } of listPackages()) expect(text).toContain(`\n${name}@${version} (`);
  expect(text).toStartWith("Kabar\n\nMIT License");
  expect(text).toContain("JavaScriptCore");
});
