/**
 * The entry: builds every part in one visible list, the routes table, `Bun.serve`, and the way down. Started as a
 * program it reads the configuration, prints where to look, and drains on SIGTERM and SIGINT.
 */
import { type AdminRoute, createAdmin } from "./doors/admin.ts";
import { createAdmission } from "./users/admission.ts";
import { createApi } from "./doors/api.ts";
import { type Assets, loadAssets } from "./doors/assets.ts";
import { authorAudience } from "./topics/audience.ts";
import { createAuth } from "./users/auth.ts";
import { createChat } from "./chat/chat.ts";
import { runCommandLine } from "./cli/cli.ts";
import type { Config } from "./config.ts";
import { KabarError } from "./errors.ts";
import { createEventStreams } from "./doors/event-streams.ts";
import { createFrame } from "./doors/page-embed.ts";
import { createGate } from "./users/gate.ts";
import { createLimits } from "./limits.ts";
import { loadControl } from "./log/control.ts";
import { createApiKeys } from "./users/api-keys.ts";
import { createKnownNames, loadAuthorNames } from "./users/known-names.ts";
import { createTokenVerifier } from "./users/jwt.ts";
import { createModeration } from "./moderation/moderation.ts";
import { createPolicy } from "./topics/policy.ts";
import { createUserData } from "./chat/user-data.ts";
import type { ServerEvent } from "./protocol.ts";
import { createSheet } from "./doors/page-privacy.ts";
import { createModerationActs } from "./chat/moderation-acts.ts";
import { createRevocations } from "./users/revocations.ts";
import { openSqliteLog } from "./log/sqlite.ts";
import type { Logger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { createPresence } from "./topics/presence.ts";
import { createReadLimit } from "./doors/read-limit.ts";
import { createAnswer, parseUrl, preflight } from "./doors/request.ts";
import { createRetention } from "./topics/retention.ts";
import type { Peer } from "./doors/peer.ts";
import { createTopics, nativeTopic } from "./topics/topics.ts";
import { createTraces } from "./topics/trace.ts";
import { createTranscript } from "./doors/page-transcript.ts";
import { createVisibility } from "./chat/visibility.ts";
import { createStreamHub } from "./doors/streamed-peer.ts";
import { createStreamedDoor } from "./doors/streamed-session.ts";
import { createWebSocketDoor } from "./doors/websocket.ts";

/** How often what is no longer needed is swept: idle topics, full buckets, expired messages. */
const SWEEP_EVERY_MS = 30_000;
/** Silence after which a kept-alive HTTP connection is closed: proxies that keep theirs for a minute close first. */
export const HTTP_IDLE_S = 75;
/** At shutdown, how long sockets get to take their last frames. */
const CLOSE_GRACE_MS = 1000;

export interface Kabar {
  /** Where it listens, for example `http://127.0.0.1:3000`. */
  url: string;
  port: number;
  /** The operator's key when this start made it; to be shown once. */
  newOperatorKey: string | undefined;
  /** Not ready, goodbye to every session, everything pending stored. Resolves when all is closed. */
  stop(): Promise<void>;
}

/** Starts a server. Throws StartError when the data folder can't be used, or what `Bun.serve` throws. */
export async function startKabar(config: Config, logger: Logger, version: string): Promise<Kabar> {
  const metrics = createMetrics();
  const log = openSqliteLog({
    dataDir: config.dataDir,
    durability: config.durability,
    maxCommitWindowMs: config.maxCommitWindowMs,
    logger,
    metrics,
  });
  if (config.tokenKeys !== "" && config.tokenAudience === "")
    logger.warn(
      "token_keys is set without token_audience: tokens that the same issuer made for another application are accepted, too",
    );
  if (!config.allowedOrigins.includes("*") && config.publicUrl === "")
    logger.warn(
      'allowed_origins is set without public_url: where browsers reach this server by a name, its own pages (/, /plain, /embed, /t) cannot connect; set public_url to that address, for example "https://chat.example"',
    );
  const control = await loadControl(log);
  const keys = createApiKeys(control);
  const policy = createPolicy(config, control);
  const revocations = createRevocations(control);
  const verifyToken = await createTokenVerifier(config);
  const { ruleOf } = policy;
  const moderation = createModeration(control);
  const names = createKnownNames(config.reservedNames);
  const limits = createLimits(config, Date.now);
  const auth = createAuth({
    config,
    keys,
    verifyToken,
    ruleOf,
    names,
    isSilenced: (topic, userId) => moderation.sanctions.standingOf(topic, userId).state !== "ok",
    revokedAt: revocations.revokedAt,
    guesses: {
      require: limits.requireFewGuesses,
      note(address) {
        if (limits.noteGuess(address))
          logger.warn({ address }, "too many wrong keys or tokens from one address");
      },
    },
  });
  const admission = createAdmission(auth, createGate(config, auth.guestSecret));
  const streams = createStreamHub();
  const publishNative = (topic: string, frame: string): void => {
    server.publish(topic, frame, false);
    streams.publish(topic, frame);
  };
  // The fan-out needs the server, and the server its doors: the function is looked up when the first message comes.
  const traces = createTraces();
  const topics = createTopics({
    log,
    metrics,
    traces,
    ringEntries: config.ringEntries,
    publish: (nativeTopic, frame, readers) => {
      publishNative(nativeTopic, frame);
      door.published(frame.length * readers);
    },
  });
  const presence = createPresence({
    publish: (topic, frame) => publishNative(nativeTopic(topic, "people"), frame),
    publishTo: (topic, userId, frame) =>
      publishNative(nativeTopic(topic, "people", authorAudience(userId)), frame),
  });
  const visibility = createVisibility({ auth, moderation, policy, presence });
  const onHeld = (topic: string) => moderationActs.tellQueue(topic);
  const chat = createChat({
    config,
    log,
    topics,
    auth,
    metrics,
    traces,
    presence,
    policy,
    moderation,
    visibility,
    onHeld,
  });
  const tellAll = (topic: string, event: ServerEvent) => topics.tellAll(topic, JSON.stringify(event));
  const moderationActs = createModerationActs({
    auth,
    chat,
    log,
    topics,
    control,
    moderation,
    presence,
    announce: {
      toTopic: tellAll,
      toModerators: (topic, event) => publishNative(nativeTopic(topic, "staff"), JSON.stringify(event)),
      toUser: (userId, event) => door.tellUser(userId, event),
      addressesOf: (userId) => door.addressesOf(userId),
    },
  });
  moderation.onModeChange((topic) => {
    tellAll(topic, { type: "mode", topic, mode: moderation.modeOf(topic) });
    door.review();
  });
  const door = createWebSocketDoor({
    config,
    chat,
    topics,
    presence,
    visibility,
    moderationActs,
    auth,
    policy,
    limits,
    admission,
    logger,
    metrics,
    version,
  });
  const retention = createRetention({ config, policy, log, topics, control, logger, metrics });
  const onRetentionFailed = (err: unknown) => logger.error({ err }, "retention failed");
  policy.onChange(() => {
    door.review();
    events.review();
    retention.review().catch(onRetentionFailed);
  });
  moderation.sanctions.onChange((userId) => door.review(userId));
  moderation.onWordRulesChange(() => door.review());
  const endUser = (userId: string) => {
    door.endUser(userId);
    events.endUser(userId);
  };
  revocations.onRevoke(endUser);
  keys.onRevoke(endUser);
  const events = createEventStreams({
    auth,
    chat,
    topics,
    drainWindowMs: config.drainWindowMs,
    onOpen: () => metrics.sessions.inc({ mode: "events" }),
    onClose: () => metrics.sessions.dec({ mode: "events" }),
  });
  let draining = false;
  const answer = createAnswer(logger, metrics);
  const isDraining = () => draining;
  const api = createApi({
    config,
    chat,
    moderationActs,
    auth,
    log,
    events,
    limits,
    metrics,
    answer,
    isDraining,
  });
  const streamed = createStreamedDoor({ config, limits, door, hub: streams });
  const userData = createUserData({
    log,
    topics,
    control,
    moderation,
    traces,
    names,
    logger,
    onQueue: moderationActs.tellQueue,
    endSessions: endUser,
  });
  const admin = createAdmin({ config, auth, log, traces, control, keys, policy, revocations, userData });
  const assets: Assets = await loadAssets(config);
  const onBug = (err: unknown) => logger.error({ err }, "bug in a page");
  const transcript = createTranscript({ chat, auth, log, unexpected: onBug });
  const frame = createFrame(config, onBug);
  const sheet = createSheet(config);

  const refuse = (error: KabarError) => answer(() => Promise.reject(error));
  const { files, reads } = createReadLimit({
    config,
    limits,
    refuse: (error) => answer(() => Promise.reject(error)),
  });
  // Bun would answer it with GET's route, and nobody would end the stream that this opens.
  const noHead = () => refuse(new KabarError("method-not-allowed"));
  const script = { GET: files((request: Request) => answer(() => assets.script(request))) };
  const operator =
    (route: AdminRoute): AdminRoute =>
    (request, server) =>
      answer(() => route(request, server));
  /** For what takes as long as the log is large: the connection is silent until it is done. */
  const unhurried =
    (route: AdminRoute): AdminRoute =>
    (request, server) => {
      (server as Bun.Server<Peer>).timeout(request, 0);
      return operator(route)(request, server);
    };
  const server: Bun.Server<Peer> = Bun.serve<Peer, string>({
    port: config.port,
    hostname: config.host,
    idleTimeout: HTTP_IDLE_S,
    // Larger bodies are refused before they are read; ours says so in JSON where the size is announced.
    maxRequestBodySize: config.maxFrameBytes * 2,
    routes: {
      "/": { GET: files((request) => assets.page(request, "demo")) },
      "/plain": { GET: files((request) => assets.page(request, "plain")) },
      "/t/:topic": { GET: reads(transcript) },
      "/embed/:topic": { GET: files(frame) },
      "/privacy": { GET: files(sheet.page) },
      "/.well-known/kabar.json": { GET: files(sheet.json) },
      "/websocket": {
        GET: (request, server) => {
          try {
            return door.upgrade(request, server);
          } catch (error) {
            return answer(() => Promise.reject(error));
          }
        },
      },
      "/api/session": {
        GET: (request, server) => {
          server.timeout(request, 0);
          return answer(() => streamed.open(request, server));
        },
        HEAD: noHead,
        POST: (request, server) => answer(() => streamed.receive(request, server)),
        OPTIONS: preflight,
      },
      "/widget.js": script,
      "/widget/:chunk": script,
      "/docs/:file": script,
      "/widget.json": { GET: files((request) => assets.list(request)) },
      "/api/topics/:topic/messages": {
        GET: (request, server) => api.history(request, server),
        POST: (request, server) => api.publish(request, server),
        OPTIONS: preflight,
      },
      "/api/topics/:topic/events": {
        GET: (request, server) => {
          server.timeout(request, 0); // a stream may be quiet for longer than a request may take
          return api.events(request, server);
        },
        HEAD: noHead,
        OPTIONS: preflight,
      },
      "/api/topics/:topic/moderate": {
        POST: (request, server) => api.moderate(request, server),
        OPTIONS: preflight,
      },
      "/api/topics/:topic/moderate/:action": {
        POST: (request, server) => api.moderate(request, server),
        OPTIONS: preflight,
      },
      "/api/topics/:topic/queue": {
        GET: (request, server) => api.queue(request, server),
        OPTIONS: preflight,
      },
      "/api/topics/:topic/explain": {
        GET: operator(admin.explain),
        OPTIONS: preflight,
      },
      "/api/admin/keys": { GET: operator(admin.listKeys), POST: operator(admin.makeKey) },
      "/api/admin/keys/:id": { DELETE: operator(admin.revokeKey) },
      "/api/admin/topics": { GET: operator(admin.listTopics) },
      "/api/admin/topics/:pattern": { PUT: operator(admin.setTopic), DELETE: operator(admin.resetTopic) },
      "/api/admin/users/:id/revoke": { POST: operator(admin.revokeUser) },
      "/api/admin/users/:id/export": { GET: unhurried(admin.exportUser) },
      "/api/admin/users/:id": { DELETE: unhurried(admin.eraseUser) },
      "/api/admin/audit": { GET: operator(admin.audit) },
      "/favicon.ico": { GET: files(assets.icon) },
      "/healthz": { GET: api.health },
      "/readyz": { GET: api.ready },
      "/metrics": { GET: reads(api.metrics) },
    },
    fetch(request, server) {
      const { pathname } = parseUrl(request.url);
      if (pathname.startsWith("/widget@") && request.method === "GET") return script.GET(request, server);
      const known =
        /^\/(|plain|privacy|\.well-known\/kabar\.json|favicon\.ico|websocket|widget\.js|widget\.json|healthz|readyz|metrics|docs\/[^/]+|widget\/[^/]+|t\/[^/]+|embed\/[^/]+|api\/session|api\/topics\/[^/]+\/(messages|events|explain|moderate(\/[^/]+)?|queue)|api\/admin\/(keys|topics|audit)(\/[^/]+)?|api\/admin\/users\/[^/]+(\/(revoke|export))?)$/;
      return refuse(new KabarError(known.test(pathname) ? "method-not-allowed" : "not-found"));
    },
    // What a page's route throws: an answer like everywhere, or our bug.
    error: (thrown) => answer(() => Promise.reject(thrown)),
    websocket: door.handlers,
  });

  const sweeper = setInterval(() => {
    topics.sweep();
    limits.sweep();
    door.relieve();
    retention.sweep().catch(onRetentionFailed);
    moderation.sanctions.sweep().catch((err) => logger.error({ err }, "ending expired sanctions failed"));
  }, SWEEP_EVERY_MS);

  loadAuthorNames(log, names, isDraining).catch((err) =>
    logger.error({ err }, "names of earlier authors could not be loaded"),
  );

  userData.resume().catch((err) => logger.error({ err }, "an interrupted erasure could not be finished"));

  const port = server.port ?? config.port;
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  return {
    url: `http://${host}:${port}`,
    port,
    newOperatorKey: auth.newOperatorKey,
    async stop() {
      draining = true;
      clearInterval(sweeper);
      retention.stop();
      await Bun.sleep(config.drainDelayMs);
      // What was accepted is stored and acknowledged before its socket goes.
      await log.flush();
      door.drain();
      events.closeAll();
      const deadline = Date.now() + CLOSE_GRACE_MS;
      while (door.size() + events.flushing() > 0 && Date.now() < deadline) await Bun.sleep(10);
      // Without force first: a stream's last chunk is on its way.
      await Promise.race([server.stop(), Bun.sleep(Math.max(0, deadline - Date.now()))]);
      await server.stop(true);
      topics.stop();
      await log.close();
    },
  };
}

if (import.meta.main) await runCommandLine(process.argv.slice(2), startKabar);
