/** The parts of the feed and of webhooks, created together. */
import type { Config } from "../config.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Control } from "../log/control.ts";
import type { MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { ApiKeys } from "../users/api-keys.ts";
import type { Presence } from "../topics/presence.ts";
import type { ServerSecrets } from "../users/secrets.ts";
import { createAlerts } from "./alerts.ts";
import { createAskHook } from "./ask-hook.ts";
import { createFeedPeople } from "./feed-people.ts";
import { createFeedWriter } from "./feed-writer.ts";
import { createFeed } from "./feed.ts";
import { createHookSender, type SendHook } from "./hook-request.ts";
import { createHookService } from "./hook-service.ts";
import { createIncomingHooks } from "./incoming-hooks.ts";
import { createMailer, isMail } from "./mail.ts";
import { createOutgoingHooks } from "./outgoing-hooks.ts";

export interface HookPartsNeeds {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  log: MessageLog;
  control: Control;
  cluster: Cluster;
  keys: ApiKeys;
  secrets: ServerSecrets;
  presence: Pick<Presence, "hasModerator">;
}

/** Bytes of an answer of the webhook that is asked first: a decision, a text, a sentence. */
const MAX_ANSWER_BYTES = 65_536;

export type HookParts = ReturnType<typeof createHookParts>;

/** Creates the parts. Nothing is written or sent before the service starts. */
export function createHookParts(needs: HookPartsNeeds) {
  const { config, metrics, log, control, keys, secrets } = needs;
  const hooks = createOutgoingHooks(control, secrets.guestSecret);
  const incoming = createIncomingHooks(control, secrets.guestSecret);
  const feed = createFeed({
    log,
    control,
    isWanted: () => !hooks.isEmpty() || keys.list().some(({ scope }) => scope === "feed"),
  });
  const writer = createFeedWriter({
    log,
    control,
    isActive: feed.isActive,
    feedDays: config.feedDays,
    neededFrom: () => service.neededFrom(),
    alertsOf: createAlerts({
      hasModerator: needs.presence.hasModerator,
      pauseMs: config.alertPauseS * 1000,
    }),
  });
  const post = createHookSender({
    allowsPrivate: config.hooksAllowPrivate,
    timeoutMs: config.hooksTimeoutMs,
  });
  const mail = createMailer(config);
  const send: SendHook = (url, ...rest) => (isMail(url) ? mail : post)(url, ...rest);
  const askHook = createAskHook({
    control,
    serverSecret: secrets.guestSecret,
    logger: needs.logger,
    send: createHookSender({
      allowsPrivate: config.hooksAllowPrivate,
      timeoutMs: config.askTimeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    }),
  });
  const service = createHookService({
    ...needs,
    writer,
    hooks,
    feed,
    send,
    count: (result) => metrics.hookDeliveries.inc({ result }),
  });
  return { feed, hooks, incoming, askHook, writer, send, service, notePeople: createFeedPeople(writer.add) };
}
