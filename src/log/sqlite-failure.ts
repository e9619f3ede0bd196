/**
 * Describes what SQLite or the file system refused, in words that an operator can act on: a full disk, missing rights, a lock
 * of another process, a damaged file. Used for the errors of the start and for `/readyz`. Pure.
 */
import { TROUBLES } from "../named-sentences.ts";

/** The reason of a failed write or opening, as half a sentence: "the disk is full". */
export function describeFailure(error: unknown): string {
  const code = String((error instanceof Error && Reflect.get(error, "code")) || "");
  const reason = error instanceof Error ? error.message : String(error);
  if (code.startsWith("SQLITE_FULL") || code === "ENOSPC") return TROUBLES["disk-full"];
  if (/^(SQLITE_READONLY|SQLITE_CANTOPEN|EACCES|EPERM|EROFS)/.test(code))
    return `${TROUBLES["no-permission"]} (${reason})`;
  if (code.startsWith("SQLITE_BUSY")) return TROUBLES["file-locked"];
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB"))
    return `${TROUBLES["file-damaged"]} (${reason})`;
  return reason;
}
