/**
 * The command `check`: checks the configuration and says what a start would change. Creates nothing.
 */
import { type Config, showConfig } from "../config.ts";
import { readCertificate } from "../doors/certificate.ts";
import { StartError } from "../errors.ts";
import { showBytes } from "../log/backup.ts";
import { describeFailure } from "../log/sqlite-failure.ts";
import { type PlannedUpgrade, planUpgrade } from "../log/sqlite-upgrade.ts";

/** What a start does to a log of an older version. */
const showUpgrade = ({ from, to, does, snapshot, bytes }: PlannedUpgrade): string =>
  `The next start upgrades the log from schema ${from} to ${to}: it keeps a checked snapshot of ${showBytes(bytes)} as ${snapshot}, then ${does.join(", then ")}.`;

/** What a start would do to the log, for the end of the output; undefined when it changes nothing. Throws StartError for a log of a newer version. */
function lookAtLog({ log, dataDir }: Config): string | undefined {
  if (log.length > 0) return undefined;
  try {
    const upgrade = planUpgrade(dataDir);
    return upgrade && showUpgrade(upgrade);
  } catch (error) {
    if (error instanceof StartError) throw error;
    return `The log in ${dataDir} can't be read by this user: ${describeFailure(error)}.`;
  }
}

/** Prints the configuration, and checks the certificate that it names; what a start would change follows as a comment, so that the output stays a configuration. Throws StartError. */
export function runCheckCommand(config: Config): void {
  readCertificate(config);
  const note = lookAtLog(config);
  process.stdout.write(`${showConfig(config)}\n${note === undefined ? "" : `\n# ${note}\n`}`);
}
