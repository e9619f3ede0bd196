/** Temporary folders that are removed after the test file. */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder, removed after the file's tests. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kabar-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
