/**
 * Worker thread that checkpoints a SQLite write-ahead log. Each message asks for one checkpoint, which never blocks
 * writers (PASSIVE, sqlite.org/pragma.html#pragma_wal_checkpoint); `close` closes the file. Every message gets a reply.
 */
import { Database } from "bun:sqlite";
import { parentPort } from "node:worker_threads";

/** A request to the thread: checkpoint a database, or close it. */
export type CheckpointRequest = { path: string } | "close";

/** The reply to a request. `failure`: why it failed. */
export interface CheckpointReply {
  failure?: string;
}

let db: Database | undefined;

function checkpoint(path: string): void {
  if (!db) {
    db = new Database(path, { readwrite: true, create: false });
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA wal_autocheckpoint = 0");
  }
  db.query("PRAGMA wal_checkpoint(PASSIVE)").get();
}

function answer(request: CheckpointRequest): CheckpointReply {
  try {
    if (request === "close") db?.close();
    else checkpoint(request.path);
    return {};
  } catch (error) {
    return { failure: String(error) };
  }
}

parentPort?.on("message", (request: CheckpointRequest) => parentPort?.postMessage(answer(request)));
