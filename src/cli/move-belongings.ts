/**
 * Things that a server keeps beside its log and that readers would miss after a move: the guests' secret, the hash of the
 * operator's key, and the files of pinned addresses. A folder keeps them as files, the first database in its tables.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PINNED } from "../doors/assets.ts";
import { writePrivateFile } from "../files.ts";
import type { Belongings } from "../log/stored-log.ts";
import { digestOf } from "../users/guests.ts";

/** The name of a pinned address's file: `/widget/core-1a2b.js` is `widget-core-1a2b.js`. */
const fileOf = (path: string): string => path.slice(1).replaceAll("/", "-");
const pathOf = (file: string): string => `/${file.replace(/^widget-/, "widget/")}`;

/** The belongings of a data folder. Its operator's key has no hash to be read from, so that a move cannot write one there. */
export function folderBelongings(dataDir: string): Belongings {
  const widget = join(dataDir, "widget");
  const read = (file: string): string | undefined => {
    const path = join(dataDir, file);
    return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  };
  return {
    async secrets() {
      const [guest, operatorKey] = [read("guest.secret"), read("operator.key")];
      return new Map([
        ...(guest ? [["guest", guest] as const] : []),
        ...(operatorKey ? [["operator", digestOf(operatorKey)] as const] : []),
      ]);
    },
    async setSecrets(secrets) {
      const guest = secrets.get("guest");
      if (guest !== undefined && guest !== read("guest.secret"))
        writePrivateFile(join(dataDir, "guest.secret"), `${guest}\n`);
    },
    async *files() {
      for (const file of existsSync(widget) ? readdirSync(widget) : [])
        if (PINNED.test(pathOf(file)))
          yield new Map([[pathOf(file), await Bun.file(join(widget, file)).text()]]);
    },
    async addFiles(files) {
      mkdirSync(widget, { recursive: true });
      for (const [path, content] of files) {
        const file = join(widget, fileOf(path));
        if (PINNED.test(path) && !existsSync(file)) await Bun.write(file, content);
      }
    },
  };
}

/** Copies the belongings of one side to the other. Secrets of the target give way: readers have credentials of the source. */
export async function moveBelongings(from: Belongings, to: Belongings): Promise<void> {
  await to.setSecrets(await from.secrets());
  for await (const files of from.files()) await to.addFiles(files);
}
