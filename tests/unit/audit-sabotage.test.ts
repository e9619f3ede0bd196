/** The servers that the audit breaks on purpose: each patch still finds its text, so that a rename cannot make it void. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dir, "../audit/sabotage");
const patches = readdirSync(folder).filter((name) => name !== "patch.ts");

test.each(patches)("%s finds each of its texts in one file of src/", async (name) => {
  const child = Bun.spawn([process.execPath, "--preload", join(folder, name), "-e", "0"], { stderr: "pipe" });
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  expect({ code, said }).toEqual({ code: 0, said: "" });
});
