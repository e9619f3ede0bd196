/** The executable of this machine, as `bun run release -- --host` builds it. */
import { join } from "node:path";

/** Builds the executable in a folder. Resolves to its path. */
export async function buildExecutable(folder: string): Promise<string> {
  const script = join(import.meta.dir, "../../.ci/release.ts");
  const build = Bun.spawn([process.execPath, script, "--host", "--out", folder], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(build.stderr).text();
  if ((await build.exited) !== 0) throw new Error(`the executable could not be built: ${said}`);
  return join(folder, process.platform === "win32" ? "kabar.exe" : "kabar");
}
