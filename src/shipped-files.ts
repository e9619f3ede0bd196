/**
 * Files that ship with the server and are read at run time: pages, documentation, the built widget, the code of threads. A
 * checkout has them in its folders, an executable inside itself (`.ci/release.ts` puts them there).
 */
import { join } from "node:path";

/** The folder in which `docs`, `widget/pages` and `dist/widget` are. */
export const SHIPPED = Bun.isStandaloneExecutable ? import.meta.dir : join(import.meta.dir, "..");

/** The address of a thread's code, for `new Worker`. `path` is seen from `src/`; each thread is an entry in `.ci/executable.ts`. */
export const threadUrl = (path: string): URL => new URL(`./${path}`, import.meta.url);
