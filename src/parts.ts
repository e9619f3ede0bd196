/**
 * The parts of the server between the log and the doors, created in groups: storage, topics, users, chat. A group uses
 * only the groups before it; `LateParts` has the parts that a group calls and a later one creates. Holds no rule of its own.
 */
import { createAdmission } from "./users/admission.ts";
import { createAuth, isRevoked } from "./users/auth.ts";
import { authorAudience } from "./topics/audience.ts";
import { createExpiry } from "./chat/expiry.ts";
import { createChat } from "./chat/chat.ts";
import type { Config } from "./config.ts";
import type { Doors } from "./doors/doors.ts";
import { createGate } from "./users/gate.ts";
import { createLimits } from "./limits.ts";
import { loadControl } from "./log/control.ts";
import { createApiKeys } from "./users/api-keys.ts";
import { createConsoleAccess } from "./users/console-access.ts";
import { createConsoleOwners } from "./users/console-owners.ts";
import { createPasskeys } from "./users/passkeys.ts";
import { oidcMarkOf } from "./users/oidc.ts";
import { createKnownNames, type KnownNames } from "./users/known-names.ts";
import { createTokenVerifier } from "./users/jwt.ts";
import type { Moderation } from "./moderation/moderation.ts";
import { createPolicy } from "./topics/policy.ts";
import { createUserData, ERASED } from "./chat/user-data.ts";
import type { ServerEvent } from "./protocol.ts";
import type { HookParts } from "./hooks/hook-parts.ts";
import { createPushParts, type PushParts, type PushPartsNeeds } from "./push/push-parts.ts";
import { createReadMarks } from "./chat/read-marks.ts";
import { createModerationActs, type ModerationActs } from "./chat/moderation-acts.ts";
import { createRevocations } from "./users/revocations.ts";
import { openCluster, openLog } from "./log/open-log.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { createPresence } from "./topics/presence.ts";
import { dropUnreadOnly, shareTopics } from "./topics/shared-topics.ts";
import { sharePresence } from "./topics/shared-presence.ts";
import { loadSecrets } from "./users/secrets.ts";
import { shareAnnouncements, shareErasures } from "./chat/shared-notices.ts";
import { createRetention } from "./topics/retention.ts";
import { scrubFeed } from "./hooks/feed-log.ts";
import type { Listener } from "./doors/listener.ts";
import { nativeTopic } from "./topics/active-topic.ts";
import { createTopics } from "./topics/topics.ts";
import { createTraces } from "./topics/trace.ts";
import { createVisibility } from "./chat/visibility.ts";
import { createStreamHub } from "./doors/streamed-peer.ts";

const HOUR_MS = 3_600_000;

/** Parts that every group needs. */
export interface Basics {
  config: Config;
  logger: Logger;
  metrics: Metrics;
}

/**
 * Parts that earlier groups call and later groups create: topics publish through the server, the server needs the doors, and
 * the doors need the topics. Each part is set once, before the server accepts a connection; until then no reader exists.
 */
export interface LateParts {
  listener?: Pick<Listener, "publish">;
  doors?: Doors;
  moderationActs?: ModerationActs;
  names?: KnownNames;
  hookParts?: HookParts;
  push?: PushParts;
}

/** Opens the log, loads its control topic, and opens the cluster, which is joined later. No other part knows the engine. */
export async function openStorage({ config, logger, metrics }: Basics) {
  const log = await openLog(config, logger, metrics);
  return { log, control: await loadControl(log), cluster: await openCluster(config, logger, log) };
}
type Storage = Awaited<ReturnType<typeof openStorage>>;

/** Creates the topics: their rules, the fan-out, presence, retention and traces. */
export function createTopicParts(basics: Basics, storage: Storage, late: LateParts) {
  const { config } = basics;
  const { log, control, cluster } = storage;
  const policy = createPolicy(config, control);
  const traces = createTraces();
  const hub = createStreamHub();
  const publishNative = (nativeName: string, frame: string): void => {
    late.listener?.publish(nativeName, frame);
    hub.publish(nativeName, frame);
  };
  const ownTopics = createTopics({
    log,
    metrics: basics.metrics,
    traces,
    ringEntries: config.ringEntries,
    publish(nativeName, frame, readers) {
      publishNative(nativeName, frame);
      late.doors?.slowReaders.notePublished(frame.length * readers);
    },
  });
  const topics = shareTopics(ownTopics, cluster);
  const ownPresence = createPresence({
    publish: (topic, frame) => publishNative(nativeTopic(topic, "people"), frame),
    publishTo: (topic, userId, frame) =>
      publishNative(nativeTopic(topic, "people", authorAudience(userId)), frame),
    onChange: (topic, change) => late.hookParts?.notePeople(topic, change),
  });
  const presence = cluster.isAlone
    ? ownPresence
    : sharePresence(ownPresence, cluster, (user) => late.names?.add(user));
  const retention = createRetention({
    ...basics,
    policy,
    log: dropUnreadOnly(log, cluster),
    topics,
    control,
  });
  return { policy, traces, hub, publishNative, topics, presence, retention };
}
export type TopicParts = ReturnType<typeof createTopicParts>;

/** Creates the parts that identify users: keys, tokens, names, limits and the gate for new guests. */
export async function createUserParts(
  { config, logger }: Basics,
  { control, cluster }: Storage,
  { policy }: TopicParts,
  moderation: Moderation,
  late: LateParts,
) {
  if (config.tokenKeys !== "" && config.tokenAudience === "")
    logger.warn(
      "token_keys is set without token_audience: the server also accepts tokens that the same issuer made for another application",
    );
  if (!config.allowedOrigins.includes("*") && config.publicUrl === "")
    logger.warn(
      'allowed_origins is set without public_url: if browsers reach this server by a name, its own pages (/, /plain, /embed, /t) cannot connect; set public_url to that address, for example "https://chat.example"',
    );
  const keys = createApiKeys(control);
  const revocations = createRevocations(control);
  const names = createKnownNames(config.reservedNames);
  late.names = names;
  const secrets = await loadSecrets(config, cluster);
  const limits = createLimits(config, Date.now);
  const guesses = {
    require: limits.requireFewGuesses,
    note(address: string) {
      if (limits.noteGuess(address))
        logger.warn({ address }, "too many wrong keys or tokens from one address");
    },
  };
  const consoleOwners = createConsoleOwners({
    control,
    guesses: {
      take(address, name) {
        guesses.require(address);
        limits.takeNameGuess(name);
        guesses.note(address);
      },
      refund(address, name) {
        limits.refundGuess(address);
        limits.refundNameGuess(name);
      },
      isSpent: limits.isNameSpent,
    },
  });
  const passkeys = createPasskeys({
    control,
    owners: consoleOwners,
    serverSecret: secrets.guestSecret,
    guesses,
  });
  const consoleAccess = createConsoleAccess({
    control,
    owners: {
      markOf(name, how, passkey = "") {
        if (how === "oidc") return oidcMarkOf(config, name);
        return how === "passkey" && !passkeys.isOf(passkey, name) ? undefined : consoleOwners.markOf(name);
      },
    },
    isRevoked: (userId, issuedAtMs) => isRevoked(revocations.revokedAt(userId), issuedAtMs, config),
    operatorMark: secrets.operatorMark,
    serverSecret: secrets.guestSecret,
    sessionLifeMs: config.consoleHours * HOUR_MS,
    guesses,
  });
  const auth = createAuth({
    config,
    secrets,
    keys,
    verifyToken: await createTokenVerifier(config),
    ruleOf: policy.ruleOf,
    names,
    isSilenced: (topic, userId) => moderation.sanctions.standingOf(topic, userId).state !== "ok",
    revokedAt: revocations.revokedAt,
    guesses,
  });
  const admission = createAdmission(auth, createGate(config, auth.guestSecret));
  return {
    secrets,
    keys,
    revocations,
    names,
    limits,
    auth,
    consoleAccess,
    consoleOwners,
    passkeys,
    admission,
  };
}
export type UserParts = Awaited<ReturnType<typeof createUserParts>>;

/** Creates the chat: publishing and reading, the acts of moderators, and export and erasure of users' data. */
export function createChatParts(
  basics: Basics,
  storage: Storage,
  topicParts: TopicParts,
  moderation: Moderation,
  { auth, names }: UserParts,
  late: LateParts,
) {
  const { topics, publishNative, traces } = topicParts;
  const { cluster, control } = storage;
  const parts = { ...basics, ...storage, ...topicParts, moderation, auth, names };
  const visibility = createVisibility(parts);
  const expiry = createExpiry({ ...parts, isClockTrusted: topicParts.retention.isClockTrusted });
  const chat = createChat({
    ...parts,
    visibility,
    expiry,
    ask: (from, question) => late.hookParts?.askHook.ask(from, question),
    onHeld: (topic) => late.moderationActs?.announceQueue(topic),
  });
  const sendToAll = (topic: string, event: ServerEvent) => topics.sendToAll(topic, JSON.stringify(event));
  const announce = shareAnnouncements(cluster, {
    toTopic: sendToAll,
    toModerators: (topic, event) => publishNative(nativeTopic(topic, "moderators"), JSON.stringify(event)),
    toUser(userId, event) {
      late.doors?.peers.sendToUser(userId, event);
      if (event.type !== "read") return;
      readMarks.noteTold(userId, event.topic, event.offset);
      late.push?.service.noteRead(userId, event.topic, event.offset);
    },
    addressesOf: async (userId) => [
      ...(late.doors?.peers.addressesOf(userId) ?? []),
      ...moderation.addressesOf(userId),
    ],
  });
  const moderationActs = createModerationActs({
    ...parts,
    chat,
    announce,
  });
  late.moderationActs = moderationActs;
  moderation.onModeChange((topic) =>
    sendToAll(topic, { type: "mode", topic, mode: moderation.modeOf(topic) }),
  );
  const readMarks = createReadMarks({
    ...parts,
    chat,
    tellUser: announce.toUser,
    onFailure: (err) => basics.logger.warn({ err }, "read marks are stored later"),
  });
  const userData = createUserData({
    ...parts,
    onQueue: moderationActs.announceQueue,
    readsOf: readMarks.marksOf,
    devicesOf: (userId) => late.push?.exportOf(userId) ?? [],
    async forgetElsewhere(userId) {
      await scrubFeed(storage.log, userId, ERASED);
      await readMarks.erase(userId, ERASED.id);
      await late.push?.devices.erase(userId, ERASED.id);
    },
    ...shareErasures(
      cluster,
      {
        endSessions: (userId) => late.doors?.endUser(userId),
        forgetUser(userId, calledNames) {
          for (const name of calledNames) names.forget(name);
          moderation.forgetActivity(userId);
          chat.forgetAuthor(userId);
          readMarks.forgetUnsaved(userId);
          traces.forget(userId, ERASED.id);
        },
      },
      control.refresh,
    ),
  });
  return { visibility, chat, expiry, moderationActs, readMarks, userData };
}

/** Loads the devices with push messages. After the webhooks: the node that sends those sends push messages, too. */
export async function openPush(
  needs: Omit<PushPartsNeeds, "maySend" | "lookersHere">,
  late: LateParts,
): Promise<PushParts> {
  const push = await createPushParts({
    ...needs,
    maySend: () => late.hookParts?.service.maySend() ?? false,
    lookersHere: (looks) => late.doors?.peers.lookers(looks) ?? [],
  });
  const reviewTask = late.hookParts?.service.sendAlsoWhile(() => push.devices.count() > 0);
  if (reviewTask) push.devices.onChange(reviewTask);
  late.push = push;
  return push;
}
