/**
 * Files that ship with the server and are read at run time: pages, documentation, the built widget, the code of threads. A
 * checkout has them in its folders, an executable inside itself (`.ci/release.ts` puts them there).
 */
import { join } from "node:path";
import type { Worker } from "node:worker_threads";

/** The folder in which `docs`, `widget/pages` and `dist/widget` are. */
export const SHIPPED = Bun.isStandaloneExecutable ? import.meta.dir : join(import.meta.dir, "..");

/** Starts a thread. `path` is its code, seen from `src/`; each thread is an entry in `.ci/executable.ts`. */
export function startThread(path: string): Worker {
  // Loaded with the first thread: a start does not wait for it.
  const { Worker: Thread } = require("node:worker_threads") as typeof import("node:worker_threads");
  return new Thread(new URL(`./${path}`, import.meta.url));
}
