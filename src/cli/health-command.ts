/**
 * The command `health`: asks the server of this configuration whether it can store messages. For health checks of containers and
 * supervisors, which run it every few seconds: it opens no file but the configuration's.
 */
import type { Config } from "../config.ts";
import { askLocal, localAddress } from "./local-server.ts";

/** How long the answer may take. */
const ANSWER_MS = 5000;

/** Prints the first line of the answer of `/readyz`. Exit code 1 when the server is not ready or does not answer. */
export async function runHealthCommand(config: Config): Promise<void> {
  const url = `${localAddress(config)}/readyz`;
  try {
    const answer = await askLocal(config, "/readyz", { signal: AbortSignal.timeout(ANSWER_MS) });
    const [line = ""] = (await answer.text()).split("\n");
    const isKabar = /^(not )?ready/.test(line);
    process.stdout.write(`${isKabar ? line : `${url} answers ${answer.status}, not as a Kabar does`}\n`);
    if (!answer.ok || !isKabar) process.exitCode = 1;
  } catch {
    process.stdout.write(`no server answers on ${url}\n`);
    process.exitCode = 1;
  }
}
