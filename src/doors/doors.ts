/**
 * Creates all doors of the server: WebSocket, streamed sessions, server-sent events, HTTP routes and pages.
 * Holds no rules and does not listen; `server` does.
 */
import type { Admission } from "../users/admission.ts";
import { createAdmin } from "./admin.ts";
import { createBackupSender } from "./backup-sender.ts";
import type { ApiKeys } from "../users/api-keys.ts";
import { createApi } from "./api.ts";
import { createApiDocuments, type LoadDocuments } from "./api-documents.ts";
import { loadAssets } from "./assets.ts";
import { createAuditAdmin } from "./audit-admin.ts";
import { createAskAdmin } from "./ask-admin.ts";
import type { Auth } from "../users/auth.ts";
import type { Chat } from "../chat/chat.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Config } from "../config.ts";
import type { ConsoleAccess } from "../users/console-access.ts";
import type { ConsoleOwners } from "../users/console-owners.ts";
import type { Passkeys } from "../users/passkeys.ts";
import { createConsoleAdmin } from "./console-admin.ts";
import { createConsoleOidc } from "./console-oidc.ts";
import { createConsolePasskeys } from "./console-passkeys.ts";
import type { Control } from "../log/control.ts";
import { createEventStreams } from "./event-streams.ts";
import { createFeedDoor } from "./feed-stream.ts";
import type { ReadMarks } from "../chat/read-marks.ts";
import type { PushParts } from "../push/push-parts.ts";
import type { Clicks } from "../hooks/clicks.ts";
import type { HookParts } from "../hooks/hook-parts.ts";
import { createHealthAdmin } from "./health-admin.ts";
import { createInboxAdmin } from "./inbox-admin.ts";
import { createPeopleAdmin } from "./people-admin.ts";
import { createUserAdmin } from "./user-admin.ts";
import { createUserSessions } from "./user-sessions.ts";
import { createSettingsAdmin } from "./settings-admin.ts";
import { createTopicsAdmin } from "./topics-admin.ts";
import { createVitals } from "./vitals.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { createHooksAdmin } from "./hooks-admin.ts";
import { createHooksIn } from "./hooks-in.ts";
import { createHooksInAdmin } from "./hooks-in-admin.ts";
import type { Limits } from "../limits.ts";
import type { MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { createOriginsAdmin } from "./origins-admin.ts";
import { createPageOrigins } from "./page-origins.ts";
import { createNtfyAnswer } from "./ntfy-door.ts";
import { createNtfyPublish } from "./ntfy-publish.ts";
import { createNtfyStreams } from "./ntfy-streams.ts";
import { createOpenPeers } from "./open-peers.ts";
import { createConsolePage } from "./page-console.ts";
import { createEmbedApp } from "./embed-app.ts";
import { createEmbedPage } from "./page-embed.ts";
import { createPrivacyPages } from "./page-privacy.ts";
import { createTranscriptPage } from "./page-transcript.ts";
import type { Policy } from "../topics/policy.ts";
import type { Presence } from "../topics/presence.ts";
import type { UserData } from "../chat/user-data.ts";
import { createProbes } from "./probes.ts";
import { createReadLimit } from "./read-limit.ts";
import { basePathOf, createAnswer } from "./request.ts";
import type { Revocations } from "../users/revocations.ts";
import { createRoutes } from "./routes.ts";
import type { ModerationActs } from "../chat/moderation-acts.ts";
import { createSlowReaders } from "./slow-readers.ts";
import { createStatus } from "./status.ts";
import type { StreamHub } from "./streamed-peer.ts";
import { createStreamedDoor } from "./streamed-session.ts";
import type { Topics } from "../topics/topics.ts";
import type { Traces } from "../topics/trace.ts";
import type { Visibility } from "../chat/visibility.ts";
import { createWebSocketDoor } from "./websocket.ts";

export interface DoorsParts {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  version: string;
  log: MessageLog;
  control: Control;
  cluster: Cluster;
  limits: Limits;
  topics: Topics;
  traces: Traces;
  presence: Presence;
  policy: Policy;
  keys: ApiKeys;
  revocations: Revocations;
  auth: Auth;
  consoleAccess: ConsoleAccess;
  consoleOwners: ConsoleOwners;
  passkeys: Passkeys;
  admission: Admission;
  chat: Chat;
  moderation: Moderation;
  moderationActs: ModerationActs;
  visibility: Visibility;
  userData: UserData;
  hookParts: HookParts;
  clicks: Clicks;
  readMarks: ReadMarks;
  push: PushParts;
  /** Makes the documents of the API, for the first who asks. */
  loadDocuments: LoadDocuments;
  /** Publishes to streamed sessions. */
  hub: StreamHub;
  /** True from the moment a shutdown begins. */
  isDraining: () => boolean;
}

export type Doors = Awaited<ReturnType<typeof createDoors>>;

/** Creates the doors. Builds the widget first when its sources have changed. */
export async function createDoors(given: DoorsParts) {
  const origins = createPageOrigins(given.config, given.control);
  const parts = { ...given, origins };
  const { config, logger, metrics, limits, auth, chat, log } = parts;
  const answer = createAnswer(logger, metrics);
  const logBug = (err: unknown) => logger.error({ err }, "bug in a page");
  const peers = createOpenPeers(auth.hashAddress);
  const webSocket = createWebSocketDoor({ ...parts, peers, choosePush: parts.push.choose });
  const probes = createProbes(config);
  const events = createEventStreams({
    auth,
    chat,
    topics: parts.topics,
    drainWindowMs: config.drainWindowMs,
    onOpen: () => metrics.sessions.inc({ mode: "events" }),
    onClose: () => metrics.sessions.dec({ mode: "events" }),
  });
  const assets = await loadAssets(config, origins, parts.cluster);
  const vitals = createVitals(metrics, async () => (await log.storedBytes().catch(() => undefined)) ?? 0);
  const feed = createFeedDoor({ ...parts, feed: parts.hookParts.feed });
  const healthAdmin = createHealthAdmin({ ...parts, vitals });
  const ntfyAnswer = createNtfyAnswer(parts);
  const ntfyStreams = createNtfyStreams({ ...parts, ntfyAnswer });
  function endUnlisted(userId: string): void {
    feed.endUser(userId);
    healthAdmin.endUser(userId);
    ntfyStreams.endUser(userId);
  }
  const sessions = createUserSessions({
    cluster: parts.cluster,
    here: [peers, events],
    endOthers: endUnlisted,
  });
  const http = createRoutes(
    {
      answer,
      readLimit: createReadLimit({
        config,
        limits,
        refuse: (error) => answer(() => Promise.reject(error)),
      }),
      api: createApi({ ...parts, events, answer }),
      admin: createAdmin({ ...parts, sendBackup: createBackupSender(parts), probes }),
      probes,
      assets,
      consolePage: createConsolePage(assets.consoleScript),
      status: createStatus({ ...parts, answer }),
      webSocket,
      streamed: createStreamedDoor({ ...parts, door: webSocket }),
      transcript: createTranscriptPage({ chat, auth, log, unexpected: logBug }),
      embed: createEmbedPage(origins, parts.policy, logBug),
      embedApp: createEmbedApp(parts.policy),
      privacy: createPrivacyPages(config),
      feed,
      consoleAdmin: createConsoleAdmin(parts),
      consoleOidc: createConsoleOidc(parts),
      consolePasskeys: createConsolePasskeys(parts),
      healthAdmin,
      inboxAdmin: createInboxAdmin(parts),
      topicsAdmin: createTopicsAdmin(parts),
      auditAdmin: createAuditAdmin(parts),
      peopleAdmin: createPeopleAdmin(parts),
      userAdmin: createUserAdmin({ ...parts, sessions }),
      settingsAdmin: createSettingsAdmin(parts),
      originsAdmin: createOriginsAdmin(parts),
      documents: createApiDocuments({ ...parts, answer }),
      hooksAdmin: createHooksAdmin({ ...parts, ...parts.hookParts }),
      askAdmin: createAskAdmin({ ...parts, ...parts.hookParts }),
      hooksIn: createHooksIn({ ...parts, ...parts.hookParts }),
      hooksInAdmin: createHooksInAdmin({ ...parts, ...parts.hookParts }),
      ntfy: createNtfyPublish({ ...parts, ntfyAnswer }),
      ntfyStreams,
    },
    basePathOf(config),
  );

  origins.onRemove((isGone) => {
    for (const door of [peers, events, feed, ntfyStreams]) door.endPages(isGone);
  });

  return {
    webSocket,
    peers,
    vitals,
    slowReaders: createSlowReaders({ config, metrics, peers }),
    events,
    feed,
    healthAdmin,
    ntfyStreams,
    http,

    /** Reads the files of the widget and the documentation into memory. */
    readFiles: assets.readAll,

    /** Applies changed rules and rights to every open session and event stream. */
    reviewRights(): void {
      void peers.reviewRights();
      events.reviewRights();
      ntfyStreams.reviewRights();
    },

    /** Ends every session and event stream of a user. */
    endUser(userId: string): void {
      peers.endUser(userId);
      events.endUser(userId);
      endUnlisted(userId);
    },

    /** Makes the readers of topics begin again from their cursors. */
    beginAgain(topics: readonly string[]): void {
      peers.beginAgain(topics);
      events.beginAgain(topics);
      ntfyStreams.beginAgain(topics);
    },
  };
}
