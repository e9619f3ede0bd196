/** Worker thread that makes a backup of a SQLite log: answers one request with its steps, then with the result or the failure. */
import { parentPort } from "node:worker_threads";
import { type BackupRequest, type CopyResult, copyLog } from "./backup-copy.ts";
import { describeFailure } from "./sqlite-failure.ts";

export type BackupReply = { step: "checking" } | CopyResult;

const answer = (reply: BackupReply): void => parentPort?.postMessage(reply);

parentPort?.on("message", (request: BackupRequest) => {
  try {
    answer(copyLog(request, () => answer({ step: "checking" })));
  } catch (error) {
    answer({ failure: describeFailure(error) });
  }
});
