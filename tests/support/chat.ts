/** The chat and the parts below it over a real log, without doors. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createChat } from "../../src/chat/chat.ts";
import { createExpiry } from "../../src/chat/expiry.ts";
import { createVisibility } from "../../src/chat/visibility.ts";
import { buildConfig } from "../../src/config.ts";
import { createLoneNode } from "../../src/log/cluster.ts";
import { loadControl } from "../../src/log/control.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createLogger } from "../../src/logger.ts";
import { createModeration } from "../../src/moderation/moderation.ts";
import { createPolicy } from "../../src/topics/policy.ts";
import { createPresence } from "../../src/topics/presence.ts";
import { createTopics } from "../../src/topics/topics.ts";
import { createTraces } from "../../src/topics/trace.ts";
import { createApiKeys } from "../../src/users/api-keys.ts";
import { createAuth } from "../../src/users/auth.ts";
import { createKnownNames } from "../../src/users/known-names.ts";
import type { Ask } from "../../src/chat/asking.ts";
import { loadSecrets } from "../../src/users/secrets.ts";
import { openTestLog } from "./log.ts";

export interface TestChatOptions {
  /** Keys of kabar.toml. By default guests write in `lobby`, read `news`, and have no rights in `staff`. */
  file?: Record<string, unknown>;
  now?: (() => number) | undefined;
  /** Asks about visitors' texts. */
  ask?: Ask;
  /** Wraps the log, for example to hold its reads. */
  wrapLog?: (log: MessageLog) => MessageLog;
}

/** Creates the parts in a folder below `root`. The caller closes the log. */
export async function createTestChat(
  root: string,
  { file = {}, now, ask, wrapLog = (log) => log }: TestChatOptions = {},
) {
  const { log: sqlite, metrics } = openTestLog(root, now);
  const log = wrapLog(sqlite);
  const config = buildConfig(
    {
      data_dir: mkdtempSync(join(root, "data-")),
      topics: { lobby: {}, news: { guests: "read" }, staff: { guests: "none" } },
      ...file,
    },
    {},
  );
  const traces = createTraces();
  const topics = createTopics({ log, metrics, traces, ringEntries: 8, publish: () => {} });
  const control = await loadControl(log);
  const policy = createPolicy(config, control);
  const auth = createAuth({
    config,
    secrets: await loadSecrets(config, createLoneNode()),
    keys: createApiKeys(control),
    verifyToken: undefined,
    ruleOf: policy.ruleOf,
    names: createKnownNames(config.reservedNames),
    isSilenced: () => false,
    revokedAt: () => undefined,
    guesses: { require: () => undefined, note: () => undefined },
  });
  const presence = createPresence({ publish: () => {}, publishTo: () => {} });
  const moderation = createModeration(control);
  const visibility = createVisibility({ auth, moderation, policy, presence });
  const parts = { config, log, topics, auth, metrics, traces, policy, presence, moderation, visibility };
  const logger = createLogger("silent");
  const expiry = createExpiry({
    ...parts,
    control,
    logger,
    cluster: createLoneNode(),
    isClockTrusted: () => true,
    ...(now ? { now } : {}),
  });
  return {
    ...parts,
    logger,
    control,
    expiry,
    chat: createChat({
      ...parts,
      control,
      logger,
      cluster: createLoneNode(),
      expiry,
      ...(ask ? { ask } : {}),
      onHeld: () => {},
    }),
  };
}
