/**
 * The command `doctor`: looks for what keeps a server from working well, and says what to do. Changes nothing.
 */
import type { Config } from "../config.ts";
import { ConfigError } from "../topic-rules.ts";
import { type AskAdmin, reachAdmin } from "./admin-client.ts";
import { lookAtCertificate } from "./doctor-certificate.ts";
import {
  lookAtClock,
  lookAtConfig,
  lookAtDisk,
  lookAtFolder,
  lookAtLog,
  lookAtOpenFiles,
} from "./doctor-machine.ts";
import { lookAtAddress, lookAtPort } from "./doctor-way.ts";
import { type Finding, showFinding } from "./finding.ts";
import { plural } from "./progress.ts";

const USAGE = "usage: doctor [ADDRESS]";

/** Reads the outside address. Throws ConfigError. */
function parseAddress(args: readonly string[]): string | undefined {
  const [word, ...others] = args;
  if (word === undefined) return undefined;
  if (others.length > 0) throw new ConfigError(USAGE);
  const url = URL.parse(word);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "" || url.hash !== "")
    throw new ConfigError(
      `ADDRESS is ${JSON.stringify(word)}, must be an address like https://chat.example.`,
    );
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/** The admin door of the running server; a finding where it refuses the key. */
async function openAdmin(config: Config): Promise<{ ask?: AskAdmin; findings: Finding[] }> {
  try {
    const ask = await reachAdmin(config);
    return ask ? { ask, findings: [] } : { findings: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const says = `the running server refuses the operator's key: ${error.message}`;
    const advice = "run doctor with the server's own KABAR_OPERATOR_KEY, or none if it has none";
    return { findings: [{ state: "bad", about: "operator key", says, advice }] };
  }
}

/** Runs one look. A failure, such as a folder that this user may not enter, is a finding, too. */
async function guard(about: string, run: () => Finding | Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return [await run()].flat();
  } catch (error) {
    const says = `can't be looked at: ${error instanceof Error ? error.message : String(error)}`;
    return [{ state: "bad", about, says, advice: "run doctor as the user of the server" }];
  }
}

const NO_ADDRESS: Finding = {
  state: "ok",
  about: "proxy",
  says: "not looked at: name its address (doctor https://chat.example), or set public_url",
};

/** Runs all looks, in the order in which an owner reads them. */
async function* look(
  config: Config,
  file: string | undefined,
  address: string | undefined,
): AsyncGenerator<Finding> {
  yield* lookAtConfig(config, file);
  yield* await guard("data folder", () => lookAtFolder(config));
  yield* await guard("disk", () => lookAtDisk(config));
  let newestAt: number | undefined;
  yield* await guard("log", async () => {
    const log = await lookAtLog(config);
    newestAt = log.newestAt;
    return log.findings;
  });
  yield lookAtClock(newestAt);
  yield* await guard("open files", () => lookAtOpenFiles(config));
  yield* await guard("certificate", () => lookAtCertificate(config));
  yield* await guard("port", () => lookAtPort(config));
  const { ask, findings } = await openAdmin(config);
  yield* findings;
  if (address === undefined) yield NO_ADDRESS;
  else yield* await guard("address", () => lookAtAddress(address, config, ask));
}

/** Runs `doctor …`, printing to standard output. Exit code 1 when something is bad. Throws ConfigError for wrong arguments. */
export async function runDoctorCommand(
  args: readonly string[],
  load: () => Promise<Config>,
  file: string | undefined,
): Promise<void> {
  const given = parseAddress(args);
  const inColour = process.stdout.isTTY && !process.env.NO_COLOR;
  const count = { ok: 0, warn: 0, bad: 0 };
  const print = (finding: Finding) => {
    count[finding.state]++;
    process.stdout.write(showFinding(finding, inColour));
  };
  try {
    const config = await load();
    const address = given ?? (config.publicUrl || undefined);
    for await (const finding of look(config, file, address)) print(finding);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    print({
      state: "bad",
      about: "configuration",
      says: error.message,
      advice: "correct it, then run doctor again",
    });
  }
  const { warn, bad } = count;
  const found = [plural(bad, "thing"), plural(warn, "warning")];
  process.stdout.write(bad + warn === 0 ? "\nAll is well.\n" : `\n${found[0]} to mend, ${found[1]}.\n`);
  if (bad > 0) process.exitCode = 1;
}
