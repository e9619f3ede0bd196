/**
 * Sends backups over HTTP. A backup is made as a temporary file of the data folder, which loses its name before the first
 * byte is sent: whatever ends the transfer, nothing of it stays on the disk. One at a time.
 */
import { closeSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { BackupFailed, createBackup } from "../log/backup.ts";
import { noteBackup } from "../log/backup-notes.ts";
import { SENT_BACKUP } from "../log/sqlite-file.ts";
import type { Logger } from "../logger.ts";
import { NO_STORE } from "./request.ts";

/** Bytes that are read at a time. */
const PIECE_BYTES = 256 * 1024;
/** Stay free on the disk of the data folder, which the log needs itself. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** When a second request may try again. */
const RETRY_MS = 10_000;

export interface BackupSenderParts {
  config: Pick<Config, "dataDir" | "log">;
  version: string;
  logger: Logger;
}

/** Streams a file that has no name any more, then closes it. `onSent` is called when all of it has been taken. */
function streamOf(file: number, onEnd: () => void, onSent: () => void): ReadableStream<Uint8Array> {
  const end = () => {
    closeSync(file);
    onEnd();
  };
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = Buffer.alloc(PIECE_BYTES);
      const length = readSync(file, piece, 0, piece.length, null);
      if (length > 0) return controller.enqueue(piece.subarray(0, length));
      end();
      onSent();
      controller.close();
    },
    cancel: end,
  });
}

/** Creates the function that makes a backup and resolves to the answer that carries it. */
export function createBackupSender({ config, version, logger }: BackupSenderParts) {
  const path = join(config.dataDir, SENT_BACKUP);
  let isBusy = false;

  async function make(): Promise<number> {
    const { damaged } = await createBackup({
      dataDir: config.dataDir,
      path,
      version,
      reserveBytes: RESERVE_BYTES,
    });
    for (const topic of damaged) logger.error({ topic }, "the log is damaged: this topic lacks messages");
    const file = openSync(path, "r");
    rmSync(path);
    return file;
  }

  return async function sendBackup(by: string): Promise<Response> {
    if (config.log.length > 0)
      throw new KabarError("bad-request", "The log is in PostgreSQL: back it up with pg_dump.");
    if (isBusy)
      throw new KabarError(
        "rate-limited",
        "Another backup is being made or sent. Try again later.",
        RETRY_MS,
      );
    isBusy = true;
    const onEnd = () => (isBusy = false);
    try {
      const at = Date.now();
      const file = await make();
      logger.warn({ by }, "a backup of the log is sent over the admin door");
      const name = `kabar-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}Z.db`;
      const onSent = () => {
        const reason = noteBackup(config.dataDir, { at });
        if (reason !== undefined) logger.warn({ reason }, "a backup that was sent could not be noted");
      };
      return new Response(streamOf(file, onEnd, onSent), {
        headers: {
          "Content-Type": "application/vnd.sqlite3",
          "Content-Disposition": `attachment; filename="${name}"`,
          ...NO_STORE.headers,
        },
      });
    } catch (error) {
      onEnd();
      if (!(error instanceof BackupFailed)) throw error;
      logger.error({ reason: error.message }, "a backup failed");
      throw new KabarError("log-unavailable", `No backup was made: ${error.message}`);
    }
  };
}
