/** The comparison of a version with the file of a release. */
import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawLatest } from "../../.ci/latest.ts";
import { compareVersions, type Latest, readLatest } from "../../src/cli/version-command.ts";
import { createFolder } from "../support/folder.ts";

const root = createFolder();
function write(text: string): string {
  const path = join(mkdtempSync(join(root, "latest-")), "latest.json");
  writeFileSync(path, text);
  return path;
}
const LATEST: Latest = { version: "1.10.0", date: "2026-05-03", safeFrom: "1.9.2" };

test.each([
  ["1.10.0", true, "1.10.0 is the newest version."],
  ["1.11.0-rc.1", true, "1.11.0-rc.1 is newer than the 1.10.0 of this file (2026-05-03)."],
  ["1.9.10", false, "1.10.0 of 2026-05-03 is newer than this 1.9.10. Nothing in it is needed for security."],
  ["1.10.0-rc.1", false, /^1\.10\.0 of 2026-05-03 is newer than this 1\.10\.0-rc\.1\. Nothing/],
  ["1.9.1", false, /^1\.10\.0 .* Versions before 1\.9\.2 have a security hole that is known: update now\.$/],
])("%s beside the newest 1.10.0", (version, isNewest, says) => {
  const compared = compareVersions(version, LATEST);
  expect(compared.isNewest).toBe(isNewest);
  if (typeof says === "string") expect(compared.says).toBe(says);
  else expect(compared.says).toMatch(says);
});

test("a release writes the file from the changelog: its day, and the newest version that closed a hole", () => {
  const time = new Date("2026-06-01T23:00:00Z");
  const read = (version: string, changelog: string) =>
    readLatest(write(drawLatest(version, changelog, time)));
  expect(read("0.1.0", "# Changelog\n\n## Unreleased\n")).toEqual({
    version: "0.1.0",
    date: "2026-06-01",
    safeFrom: "0.1.0",
  });
  const changelog =
    "## Unreleased\n\n## 1.2.0 (2026-05-03)\n\n## 1.1.1 (2026-04-02, security)\n\n## 1.1.0 (2026-04-01)\n";
  expect(read("1.2.0", changelog)).toEqual({ version: "1.2.0", date: "2026-05-03", safeFrom: "1.1.1" });
  expect(read("1.2.0", changelog.replace(", security", "")).safeFrom).toBe("1.1.0");
});

test("a file that is something else is refused with what is wrong", () => {
  const refusals: [string, RegExp][] = [
    ["", /is not JSON/],
    ["<html>", /is not JSON/],
    ["[]", /is not the latest\.json of a release/],
    [
      '{"version":"1.2","date":"2026-05-03","safeFrom":"1.2.0"}',
      /version: is "1\.2", must be a version like 1\.2\.3/,
    ],
    ['{"version":"1.2.0","date":"soon","safeFrom":"1.2.0"}', /date: is "soon", must be a date/],
    ["[".repeat(60_000), /is not JSON/],
    [" ".repeat(70_000), /too large/],
  ];
  for (const [text, reason] of refusals) expect(() => readLatest(write(text))).toThrow(reason);
  expect(() => readLatest(root)).toThrow(/can't be read/);
  expect(() => readLatest("https://example.com/latest.json")).toThrow(
    /Kabar fetches nothing; download the file first/,
  );
});
