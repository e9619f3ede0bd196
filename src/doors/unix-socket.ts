/**
 * The Unix socket in place of a port: removes one that a killed server left, and nothing else of that name. Does not listen.
 */
import { lstatSync, unlinkSync } from "node:fs";
import { StartError } from "../errors.ts";

/** Whether a program listens on a socket. Rejects with the error of the system when that can't be known. */
async function isListened(path: string): Promise<boolean> {
  try {
    const connection = await Bun.connect({ unix: path, socket: { data() {} } });
    connection.end();
    return true;
  } catch (error) {
    if (Reflect.get(error as object, "code") === "ECONNREFUSED") return false;
    throw error;
  }
}

/** Makes room for a socket. Throws StartError when another program listens there, or when the name belongs to something else. */
export async function clearSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new StartError(`socket is ${path}, which exists and is not a socket.`);
  try {
    if (!(await isListened(path))) {
      unlinkSync(path);
      return;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`the socket ${path} of another program can't be replaced: ${reason}.`);
  }
  throw new StartError(`another program listens on the socket ${path}; end it, or choose another socket.`);
}
