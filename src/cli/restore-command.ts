/**
 * The command `restore`: puts a backup in the place of the data folder's log, while no server runs.
 */
import type { Config } from "../config.ts";
import { StartError } from "../errors.ts";
import { BackupFailed, showBytes } from "../log/backup.ts";
import { restoreBackup } from "../log/restore.ts";
import { ConfigError } from "../topic-rules.ts";
import { POSTGRES_BACKUP } from "./backup-command.ts";
import { createProgressLine, percentOf, plural } from "./progress.ts";

const USAGE = "usage: restore FILE";

/** Runs `restore …`, printing to standard output. Throws ConfigError or StartError for what it refuses. */
export async function runRestoreCommand(args: readonly string[], config: Config): Promise<void> {
  const [file, ...others] = args;
  if (file === undefined || file === "" || others.length > 0) throw new ConfigError(USAGE);
  if (file.startsWith("-")) throw new ConfigError(`unknown argument ${JSON.stringify(file)}; ${USAGE}`);
  if (config.log.length > 0) throw new StartError(POSTGRES_BACKUP);
  process.umask(0o077);
  const line = createProgressLine();
  try {
    const { topics, messages, madeAt, kept } = await restoreBackup({
      dataDir: config.dataDir,
      file,
      cause: { by: "command line" },
      onProgress: ({ step, done, total }) =>
        line.draw(
          step,
          step === "checking"
            ? showBytes(total)
            : `${showBytes(done)} of ${showBytes(total)} (${percentOf(done, total)} %)`,
          showBytes(total),
        ),
    });
    line.end();
    const time = madeAt === undefined ? "" : `, as of ${new Date(madeAt).toISOString()}`;
    process.stdout.write(
      `Restored ${plural(topics, "topic")} with ${plural(messages, "message")}${time}, and checked them.\n`,
    );
    if (kept.length > 0)
      process.stdout.write(
        `What was replaced is kept in ${config.dataDir}: ${kept.join(", ")}. Remove it when you no longer need it.\n`,
      );
  } catch (error) {
    line.end();
    if (!(error instanceof BackupFailed)) throw error;
    process.stderr.write(`kabar: ${error.message}\n`);
    process.exit(1);
  }
}
