/** The parts of push messages, created together. */
import type { Config } from "../config.ts";
import { createHookSender } from "../hooks/hook-request.ts";
import type { Cluster } from "../log/cluster.ts";
import type { MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { Policy } from "../topics/policy.ts";
import type { Auth } from "../users/auth.ts";
import type { Revocations } from "../users/revocations.ts";
import { createChoosing } from "./choosing.ts";
import type { Device } from "./device.ts";
import { loadDevices } from "./devices.ts";
import { createPushSender } from "./push-request.ts";
import { createPushService, type PushServiceParts } from "./push-service.ts";
import { createVapid } from "./vapid.ts";

/** How long a push service may take: they answer within a second, and one that hangs holds up others. */
const TIMEOUT_MS = 8000;
/** The contact where the operator names none: a name that leads nowhere (RFC 2606). Apple refuses `localhost`. */
const NO_CONTACT = "mailto:operator@kabar.invalid";

export interface PushPartsNeeds {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  log: MessageLog;
  cluster: Cluster;
  auth: Auth;
  moderation: Moderation;
  policy: Policy;
  revocations: Revocations;
  lookersHere: PushServiceParts["lookersHere"];
  maySend: PushServiceParts["maySend"];
}

export type PushParts = Awaited<ReturnType<typeof createPushParts>>;

/** How push services reach the operator (RFC 8292 section 2.1). */
const contactOf = ({ pushContact, publicUrl }: Config): string =>
  pushContact || (publicUrl.startsWith("https://") ? publicUrl : NO_CONTACT);

/** Creates the parts. Nothing is sent before the service starts. */
export async function createPushParts(needs: PushPartsNeeds) {
  const { config, log, metrics, auth, moderation, policy, revocations } = needs;
  const vapid = createVapid(auth.guestSecret, contactOf(config));
  const devices = await loadDevices(log);
  const withText = config.pushPayload === "text";
  const mayReceive = ({ user, grants = [] }: Device, topic: string): boolean =>
    auth.rightsIn({ user: { ...user, name: "" }, grants }, topic)?.read === true &&
    moderation.sanctions.standingOf(topic, user.id).state !== "banned";
  const service = createPushService({
    ...needs,
    isOn: config.push,
    devices,
    mayReceive,
    isRevoked: ({ user, seenAt }) => (revocations.revokedAt(user.id) ?? -1) >= seenAt,
    nameOf: (topic) => policy.ruleOf(topic)?.title || topic,
    withText,
    waitMs: config.pushWaitMs,
    everyMs: config.pushEveryS * 1000,
    count: (result) => metrics.pushes.inc({ result }),
    send: createPushSender({
      vapid,
      secret: auth.guestSecret,
      send: createHookSender({ allowsPrivate: config.pushAllowPrivate, timeoutMs: TIMEOUT_MS }),
    }),
  });
  const choose = createChoosing({
    auth,
    devices,
    mayReceive,
    publicKey: vapid.publicKey,
    isOn: config.push,
    withText,
    allowsPrivate: config.pushAllowPrivate,
    maxDevices: config.pushDevices,
  });

  return {
    devices,
    service,
    choose,

    /** The devices of a user, for the export of the user's data. */
    exportOf: (userId: string): object[] =>
      devices.ofUser(userId).map(({ id, endpoint, language, quiet, topics, seenAt }) => ({
        id,
        endpoint,
        language,
        quiet,
        topics,
        seenAt,
      })),
  };
}
