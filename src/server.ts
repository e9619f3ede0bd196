/**
 * The entry: creates every part from the log up to the doors, listens with `Bun.serve`, and shuts down in order. As a
 * program, it runs the command line (cli). The groups of parts are in `parts` and `doors/doors`.
 */
import { hostname } from "node:os";
import { runCommandLine } from "./cli/cli.ts";
import { createClicks } from "./hooks/clicks.ts";
import { createHookParts } from "./hooks/hook-parts.ts";
import type { Config } from "./config.ts";
import { consoleLink } from "./doors/console-admin.ts";
import { createDoors, type Doors } from "./doors/doors.ts";
import { createListener } from "./doors/listener.ts";
import type { PushParts } from "./push/push-parts.ts";
import { loadAuthorNames } from "./users/known-names.ts";
import type { Logger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { createModeration, type Moderation } from "./moderation/moderation.ts";
import {
  type Basics,
  createChatParts,
  createTopicParts,
  createUserParts,
  type LateParts,
  openPush,
  openStorage,
  type TopicParts,
  type UserParts,
} from "./parts.ts";
import { hashSharedSettings } from "./shared-settings.ts";

/** How often idle topics, full buckets, expired messages and ended sanctions are removed. */
const SWEEP_EVERY_MS = 30_000;
/** At shutdown, the time that sockets have to receive their last frames. */
const CLOSE_GRACE_MS = 1000;

export interface Kabar {
  /** The address on which the server listens, for example `http://127.0.0.1:3000`. */
  url: string;
  port: number;
  /** The operator's key, if this start created it: shown once. */
  newOperatorKey: string | undefined;
  /** The address of the console with a link that signs a browser in once, at this node. */
  makeConsoleLink(address: string): string;
  /** Reads the files of the certificate again. Only where the server has TLS of its own. */
  reload?(): void;
  /** Reports not ready, stores all pending messages, closes every session. Resolves when all is closed. */
  stop(): Promise<void>;
}

/** Applies every change of rules, sanctions, keys and tokens to the sessions that are open. */
function applyChanges(
  { policy }: TopicParts,
  moderation: Moderation,
  { keys, revocations }: UserParts,
  doors: Doors,
  push: PushParts,
  reviewRetention: () => void,
): void {
  const reviewAll = () => void doors.peers.reviewRights();
  policy.onChange(() => {
    doors.reviewRights();
    push.service.review();
    reviewRetention();
  });
  moderation.onModeChange(reviewAll);
  moderation.onWordRulesChange(reviewAll);
  moderation.sanctions.onChange((userId) => {
    void doors.peers.reviewRights(userId);
    push.service.review(userId);
  });
  revocations.onRevoke((userId) => {
    doors.endUser(userId);
    push.service.review(userId);
  });
  keys.onRevoke(doors.endUser);
}

/** Starts a server. Throws StartError when the data folder can't be used, or what `Bun.serve` throws. */
export async function startKabar(config: Config, logger: Logger, version: string): Promise<Kabar> {
  const late: LateParts = {};
  // Most servers stand behind a proxy, and a start takes longer with the TLS library.
  const tls = config.tlsCert === "" ? undefined : await import("./doors/certificate.ts");
  const certificate = tls?.readCertificate(config);
  const basics: Basics = { config, logger, metrics: createMetrics() };
  const storage = await openStorage(basics);
  const topicParts = createTopicParts(basics, storage, late);
  const moderation = createModeration(storage.control);
  const userParts = await createUserParts(basics, storage, topicParts, moderation, late);
  const chatParts = createChatParts(basics, storage, topicParts, moderation, userParts, late);
  let draining = false;
  const isDraining = () => draining;
  const hookParts = createHookParts({ ...basics, ...storage, ...topicParts, ...userParts });
  late.hookParts = hookParts;
  const push = await openPush({ ...basics, ...storage, ...topicParts, ...userParts, moderation }, late);
  const clicks = createClicks({ ...storage, ...userParts, ...chatParts, moderation, feed: hookParts.feed });
  const doors = await createDoors({
    hookParts,
    push,
    clicks,
    ...basics,
    ...storage,
    ...topicParts,
    ...userParts,
    ...chatParts,
    moderation,
    version,
    isDraining,
    loadDocuments: async () => (await import("./schema/documents.ts")).DOCUMENTS,
  });
  late.doors = doors;
  const logFailure = (message: string) => (err: unknown) => logger.error({ err }, message);
  /** Runs a task that one node of a cluster runs for all. */
  const runDuty = (duty: string, run: () => Promise<unknown>, onFailure: string) =>
    void cluster.onDuty(duty, run).catch((error) => {
      // A task that the end of the server interrupts goes on elsewhere, or after the next start.
      if (!draining) logFailure(onFailure)(error);
    });
  const { log, cluster } = storage;
  const { topics, retention } = topicParts;
  const resumeErasures = () =>
    runDuty("erasures", chatParts.userData.resume, "an interrupted erasure could not be finished");
  applyChanges(topicParts, moderation, userParts, doors, push, () => {
    // On every node: the one that takes over the duty later has to know, too.
    retention.noteNewRules();
    runDuty("retention", () => retention.review(), "retention failed");
  });
  const listener = await createListener({ config, doors, certificate, logger });
  late.listener = listener;
  const renewal =
    certificate &&
    tls?.watchCertificate({ files: config, current: certificate, renew: listener.renew, logger });

  // After the topics' own listener, so that returning readers find topics that were read again.
  log.onBreak(doors.beginAgain);
  const sweeper = setInterval(() => {
    topics.sweep();
    userParts.limits.sweep();
    doors.slowReaders.disconnectSlowest();
    runDuty("retention", () => retention.sweep(), "retention failed");
    runDuty("marks", () => chatParts.readMarks.sweep(), "removing old read marks failed");
    runDuty("sanctions", () => moderation.sanctions.sweep(), "ending expired sanctions failed");
    resumeErasures();
  }, SWEEP_EVERY_MS);
  doors.readFiles().catch(logFailure("files of the widget could not be read"));
  loadAuthorNames(log, userParts.names, isDraining).catch(
    logFailure("names of earlier authors could not be loaded"),
  );
  await cluster.join({
    name: `${hostname()}:${config.socket || listener.port}`,
    version,
    settings: cluster.isAlone ? {} : hashSharedSettings(config, userParts.secrets),
  });
  if (basics.config.search) basics.metrics.watchIndex(log.unindexed);
  if (!cluster.isAlone) basics.metrics.watchCluster(cluster.id, version, () => cluster.nodes().length);
  chatParts.expiry.start();
  chatParts.chat.growing.start();
  hookParts.service.start();
  push.service.start();
  doors.vitals.start();
  resumeErasures();
  cluster.onGone(resumeErasures);

  return {
    url: listener.url,
    port: listener.port,
    newOperatorKey: userParts.secrets.newOperatorKey,
    makeConsoleLink: (address) => consoleLink(address, userParts.consoleAccess.makeLinkOfStart()),
    ...(renewal ? { reload: renewal.load } : {}),
    async stop() {
      draining = true;
      renewal?.stop();
      clearInterval(sweeper);
      doors.vitals.stop();
      retention.stop();
      chatParts.expiry.stop();
      await Bun.sleep(config.drainDelayMs);
      // Accepted messages are stored and acknowledged before their sockets close.
      await chatParts.chat.growing.stop();
      await log.flush();
      doors.webSocket.drain();
      doors.events.closeAll();
      doors.feed.closeAll();
      doors.healthAdmin.closeAll();
      doors.ntfyStreams.closeAll();
      const deadline = Date.now() + CLOSE_GRACE_MS;
      while (doors.peers.size() + doors.events.flushing() > 0 && Date.now() < deadline) await Bun.sleep(10);
      // Without force first, so that the last chunk of each stream is written.
      await Promise.race([listener.stop(false), Bun.sleep(Math.max(0, deadline - Date.now()))]);
      await listener.stop(true);
      await hookParts.service.stop();
      await push.service.stop();
      await chatParts.readMarks.stop();
      topics.stop();
      await cluster.leave();
      await log.close();
    },
  };
}

if (import.meta.main) await runCommandLine(process.argv.slice(2), startKabar);
