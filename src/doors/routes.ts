/**
 * The table of HTTP routes: which function answers which method at which address. 404, and 405 with its `Allow` header,
 * follow from the keys of this table. Limits on reading are wrapped around the functions here, so that the whole table
 * shows which routes they cover. Contains no route itself.
 */
import type { Admin } from "./admin.ts";
import type { AdminRoute } from "./admin-route.ts";
import type { Api } from "./api.ts";
import type { AskAdmin } from "./ask-admin.ts";
import type { ApiDocuments } from "./api-documents.ts";
import type { AuditAdmin } from "./audit-admin.ts";
import type { Assets } from "./assets.ts";
import type { ConsoleAdmin } from "./console-admin.ts";
import type { ConsoleOidc } from "./console-oidc.ts";
import type { ConsolePasskeys } from "./console-passkeys.ts";
import { KabarError } from "../errors.ts";
import type { createConsolePage } from "./page-console.ts";
import type { createEmbedApp } from "./embed-app.ts";
import type { createEmbedPage } from "./page-embed.ts";
import type { createPrivacyPages } from "./page-privacy.ts";
import type { createTranscriptPage } from "./page-transcript.ts";
import type { FeedDoor } from "./feed-stream.ts";
import type { HooksAdmin } from "./hooks-admin.ts";
import type { HooksIn } from "./hooks-in.ts";
import type { HooksInAdmin } from "./hooks-in-admin.ts";
import type { HealthAdmin } from "./health-admin.ts";
import { isPageRequest, rootOf, toErrorPage } from "./html-page.ts";
import type { InboxAdmin } from "./inbox-admin.ts";
import type { PeopleAdmin } from "./people-admin.ts";
import type { SettingsAdmin } from "./settings-admin.ts";
import type { TopicsAdmin } from "./topics-admin.ts";
import { ntfyPreflight } from "./ntfy-door.ts";
import type { OriginsAdmin } from "./origins-admin.ts";
import type { NtfyPublish } from "./ntfy-publish.ts";
import type { NtfyStreams } from "./ntfy-streams.ts";
import type { Peer } from "./peer.ts";
import type { Probes } from "./probes.ts";
import type { ReadLimit } from "./read-limit.ts";
import { type Answer, parseUrl, preflight, routePath, type RouteRequest } from "./request.ts";
import type { Status } from "./status.ts";
import type { StreamedDoor } from "./streamed-session.ts";
import type { UserAdmin } from "./user-admin.ts";
import type { WebSocketDoor } from "./websocket.ts";

export interface RouteParts {
  answer: Answer;
  readLimit: ReadLimit;
  api: Api;
  admin: Admin;
  assets: Assets;
  status: Status;
  webSocket: WebSocketDoor;
  streamed: StreamedDoor;
  transcript: ReturnType<typeof createTranscriptPage>;
  consolePage: ReturnType<typeof createConsolePage>;
  embed: ReturnType<typeof createEmbedPage>;
  embedApp: ReturnType<typeof createEmbedApp>;
  privacy: ReturnType<typeof createPrivacyPages>;
  probes: Probes;
  feed: FeedDoor;
  hooksAdmin: HooksAdmin;
  askAdmin: AskAdmin;
  hooksIn: HooksIn;
  hooksInAdmin: HooksInAdmin;
  consoleAdmin: ConsoleAdmin;
  consoleOidc: ConsoleOidc;
  consolePasskeys: ConsolePasskeys;
  healthAdmin: HealthAdmin;
  inboxAdmin: InboxAdmin;
  topicsAdmin: TopicsAdmin;
  auditAdmin: AuditAdmin;
  peopleAdmin: PeopleAdmin;
  userAdmin: UserAdmin;
  settingsAdmin: SettingsAdmin;
  originsAdmin: OriginsAdmin;
  ntfy: NtfyPublish;
  ntfyStreams: NtfyStreams;
  documents: ApiDocuments;
}

type Server = Bun.Server<Peer>;
/** Answers a request; undefined once the request is upgraded to a WebSocket. */
type Handler = (
  request: RouteRequest,
  server: Server,
) => Response | undefined | Promise<Response | undefined>;
type Method = "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS";
/**
 * The methods of one address. HEAD is answered by GET's function, unless it is refused: Bun would open an endless stream
 * for it that no reader closes.
 */
type Route = Partial<Record<Method, Handler>> & { HEAD?: "refused" };

/** The methods that an address supports, as an `Allow` header lists them (RFC 9110 section 10.2.1). */
export function allowedMethods({ HEAD, ...handlers }: Route): string {
  const methods = Object.keys(handlers);
  return methods.flatMap((method) => (method === "GET" && !HEAD ? ["GET", "HEAD"] : [method])).join(", ");
}

/** The addresses that a route's path covers: a parameter such as `:topic` stands for one part of the path. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`);

/** The addresses of a topic's pages without the topic: they lead to the one that every server starts with. */
const WITHOUT_TOPIC = /^\/(?:t|embed)(\/?)$/;
const FIRST_TOPIC = "lobby";

/** A version's script, such as `/widget@0.1.0.js`: Bun's router has no parameters inside a part of a path. */
const VERSIONED_SCRIPT = /^\/widget(?:@|%40)/i;

/** Lets a request take as long as it needs: Bun would close its silent connection. */
const withoutTimeout =
  (handler: Handler): Handler =>
  (request, server) => {
    server.timeout(request, 0);
    return handler(request, server);
  };

/** Creates the table from the doors. */
function createTable(parts: RouteParts) {
  const { answer, readLimit, api, admin, assets, status, webSocket, streamed } = parts;
  const { transcript, embed, consolePage, privacy, probes, feed } = parts;
  const { hooksAdmin, askAdmin, hooksIn, hooksInAdmin, documents } = parts;
  const {
    auditAdmin,
    consoleAdmin,
    healthAdmin,
    inboxAdmin,
    topicsAdmin,
    peopleAdmin,
    userAdmin,
    settingsAdmin,
  } = parts;
  const { files, reads } = readLimit;
  const script = { GET: files((request) => answer(() => assets.script(request))) } satisfies Route;
  const operator =
    (route: AdminRoute): Handler =>
    (request, server) =>
      answer(() => route(request, server));

  return {
    // Clients of ntfy that know a host and no path send JSON there.
    "/": {
      GET: files((request) => assets.page(request, "demo")),
      POST: parts.ntfy.publishJson,
      PUT: parts.ntfy.publishJson,
    },
    "/plain": { GET: files((request) => assets.page(request, "plain")) },
    "/t/:topic": { GET: reads(transcript) },
    "/embed/:topic": { GET: files(embed) },
    "/embed/:topic/app.webmanifest": {
      GET: files((request) => answer(async () => parts.embedApp.manifest(request))),
    },
    "/app-icon.png": { GET: files(parts.embedApp.icon) },
    "/push-worker.js": script,
    "/console": { GET: files(consolePage) },
    "/privacy": { GET: files(privacy.page) },
    "/.well-known/kabar.json": { GET: files(privacy.json) },
    "/widget.js": script,
    "/widget/:chunk": script,
    "/docs/:file": script,
    "/llms.txt": script,
    "/widget.json": { GET: files((request) => assets.list(request)) },
    "/favicon.ico": { GET: files(assets.icon) },
    "/websocket": {
      GET: (request, server) => {
        try {
          return webSocket.upgrade(request, server);
        } catch (error) {
          return answer(() => Promise.reject(error));
        }
      },
    },
    "/api/session": {
      GET: withoutTimeout((request, server) => answer(() => streamed.open(request, server))),
      HEAD: "refused" as const,
      POST: (request, server) => answer(() => streamed.receive(request, server)),
      OPTIONS: preflight,
    },
    "/api/search": { GET: api.search, OPTIONS: preflight },
    "/api/me/unread": { GET: api.unread, OPTIONS: preflight },
    "/api/topics/:topic/messages": { GET: api.history, POST: api.publish, OPTIONS: preflight },
    "/api/topics/:topic/messages/:id/append": { POST: api.append, OPTIONS: preflight },
    "/api/topics/:topic/events": {
      GET: withoutTimeout(api.events),
      HEAD: "refused" as const,
      OPTIONS: preflight,
    },
    "/api/topics/:topic/moderate": { POST: api.moderate, OPTIONS: preflight },
    "/api/topics/:topic/moderate/:action": { POST: api.moderate, OPTIONS: preflight },
    "/api/topics/:topic/queue": { GET: api.queue, OPTIONS: preflight },
    "/api/topics/:topic/explain": { GET: operator(admin.explain), OPTIONS: preflight },
    "/api/admin/keys": { GET: operator(admin.listKeys), POST: operator(admin.makeKey) },
    "/api/admin/keys/:id": { DELETE: operator(admin.revokeKey) },
    "/api/admin/topics": { GET: operator(admin.listTopics) },
    "/api/admin/topics/:pattern": { PUT: operator(admin.setTopic), DELETE: operator(admin.resetTopic) },
    "/api/admin/topics/:topic/messages": {
      GET: operator(topicsAdmin.messages),
      POST: operator(topicsAdmin.publish),
    },
    "/api/admin/search": { GET: operator(topicsAdmin.search) },
    "/api/admin/topics/:topic/explain": { GET: operator(admin.explain) },
    "/api/admin/topics/:topic/export": { GET: withoutTimeout(operator(topicsAdmin.exportTopic)) },
    "/api/admin/topics/:topic/mode": { GET: operator(topicsAdmin.mode) },
    "/api/admin/topics/:topic/moderate": { POST: operator(topicsAdmin.moderate) },
    "/api/admin/log/topics": { GET: operator(topicsAdmin.list) },
    "/api/admin/inbox": { GET: operator(inboxAdmin.list) },
    "/api/admin/inbox/take": { POST: operator(inboxAdmin.take) },
    "/api/admin/people": { GET: operator(peopleAdmin.list) },
    "/api/admin/origins": {
      GET: operator(parts.originsAdmin.list),
      POST: operator(parts.originsAdmin.add),
      DELETE: operator(parts.originsAdmin.remove),
    },
    "/api/admin/settings": { GET: operator(settingsAdmin.list) },
    "/api/admin/health": { GET: operator(healthAdmin.health) },
    "/api/admin/health/series": { GET: operator(healthAdmin.series) },
    "/api/admin/health/events": {
      GET: withoutTimeout(operator(healthAdmin.events)),
      HEAD: "refused" as const,
    },
    "/api/admin/users/:id/revoke": { POST: operator(admin.revokeUser) },
    "/api/admin/users/:id/export": { GET: withoutTimeout(operator(admin.exportUser)) },
    "/api/admin/users/:id": {
      GET: operator(userAdmin.read),
      DELETE: withoutTimeout(operator(admin.eraseUser)),
    },
    "/api/admin/users/:id/sessions": { DELETE: operator(userAdmin.endAll) },
    "/api/admin/users/:id/sessions/:session": { DELETE: operator(userAdmin.endOne) },
    "/api/admin/users/:id/devices/:device": { DELETE: operator(userAdmin.removeDevice) },
    "/api/admin/nodes": { GET: operator(admin.listNodes) },
    "/api/admin/probes": { POST: operator(admin.makeProbe) },
    "/api/admin/probes/:id": { GET: operator(admin.readProbe) },
    "/api/probes/:id": { GET: reads((request, server) => answer(() => probes.pass(request, server))) },
    "/api/feed": {
      GET: withoutTimeout((request, server) => answer(() => feed.open(request, server))),
      HEAD: "refused" as const,
      OPTIONS: preflight,
    },
    "/api/admin/hooks/out": { GET: operator(hooksAdmin.list), POST: operator(hooksAdmin.make) },
    "/api/admin/hooks/out/:id": { GET: operator(hooksAdmin.read), DELETE: operator(hooksAdmin.remove) },
    "/api/admin/hooks/out/:id/pause": { POST: operator(hooksAdmin.pause) },
    "/api/admin/hooks/out/:id/resume": { POST: operator(hooksAdmin.resume) },
    "/api/admin/hooks/out/:id/replay": { POST: operator(hooksAdmin.replay) },
    "/api/admin/hooks/out/:id/test": { POST: withoutTimeout(operator(hooksAdmin.test)) },
    "/api/admin/hooks/ask": {
      GET: operator(askAdmin.read),
      PUT: operator(askAdmin.set),
      DELETE: operator(askAdmin.remove),
    },
    "/api/admin/hooks/in": { GET: operator(hooksInAdmin.list), POST: operator(hooksInAdmin.make) },
    "/api/admin/hooks/in/:id": { DELETE: operator(hooksInAdmin.remove) },
    "/api/admin/hooks/in/:id/rotate": { POST: operator(hooksInAdmin.rotate) },
    "/hooks/in/:secret": { POST: hooksIn() },
    "/hooks/in/:secret/:format": { POST: hooksIn() },
    "/hooks/:secret": { POST: hooksIn("mattermost") },
    "/api/admin/console": {
      GET: reads((request, server) => answer(() => consoleAdmin.showOwn(request, server))),
    },
    "/api/admin/console/oidc": {
      GET: reads((request, server) => answer(() => parts.consoleOidc.begin(request, server))),
    },
    "/api/admin/console/oidc/callback": {
      GET: reads((request, server) => answer(() => parts.consoleOidc.finish(request, server))),
    },
    "/api/admin/console/links": { POST: operator(consoleAdmin.makeLink) },
    "/api/admin/console/sessions": {
      GET: operator(consoleAdmin.listSessions),
      POST: operator(consoleAdmin.signIn),
    },
    "/api/admin/console/sessions/:id": { DELETE: operator(consoleAdmin.endSession) },
    "/api/admin/console/owners": { GET: operator(consoleAdmin.listOwners) },
    "/api/admin/console/owners/:name": {
      PUT: operator(consoleAdmin.setOwner),
      DELETE: operator(consoleAdmin.removeOwner),
    },
    "/api/admin/console/owners/:name/passkeys": { POST: operator(parts.consolePasskeys.make) },
    "/api/admin/console/owners/:name/passkeys/challenge": {
      POST: operator(parts.consolePasskeys.beginMaking),
    },
    "/api/admin/console/passkeys": { GET: operator(parts.consolePasskeys.list) },
    "/api/admin/console/passkeys/challenge": {
      POST: reads((request, server) => answer(() => parts.consolePasskeys.beginSignIn(request, server))),
    },
    "/api/admin/console/passkeys/:id": { DELETE: operator(parts.consolePasskeys.remove) },
    ...createNtfyTable(parts),
    "/api/admin/backup": { GET: withoutTimeout(operator(admin.backUp)), HEAD: "refused" },
    "/api/admin/audit": { GET: operator(auditAdmin.list) },
    "/api/admin/audit/export": { GET: withoutTimeout(operator(auditAdmin.exportAll)) },
    "/healthz": { GET: status.health },
    "/readyz": { GET: status.ready },
    "/metrics": { GET: reads(status.metrics) },
    "/api/openapi.json": { GET: files(documents.openapi) },
    "/api/asyncapi.json": { GET: files(documents.asyncapi) },
  } satisfies Record<string, Route>;
}

/** Creates the part of the table that speaks ntfy. */
function createNtfyTable({ ntfy, ntfyStreams }: RouteParts) {
  return {
    "/ntfy": { POST: ntfy.publishJson, PUT: ntfy.publishJson, OPTIONS: ntfyPreflight },
    "/ntfy/": { POST: ntfy.publishJson, PUT: ntfy.publishJson, OPTIONS: ntfyPreflight },
    "/ntfy/v1/health": { GET: ntfy.health },
    "/ntfy/:topic": { GET: ntfy.show, POST: ntfy.publish, PUT: ntfy.publish, OPTIONS: ntfyPreflight },
    "/ntfy/:topic/publish": { GET: ntfy.publishByGet, HEAD: "refused" as const },
    "/ntfy/:topic/send": { GET: ntfy.publishByGet, HEAD: "refused" as const },
    "/ntfy/:topic/trigger": { GET: ntfy.publishByGet, HEAD: "refused" as const },
    "/ntfy/:topics/auth": { GET: ntfyStreams.check, OPTIONS: ntfyPreflight },
    "/ntfy/:topics/json": {
      GET: withoutTimeout(ntfyStreams.json),
      HEAD: "refused" as const,
      OPTIONS: ntfyPreflight,
    },
    "/ntfy/:topics/sse": {
      GET: withoutTimeout(ntfyStreams.sse),
      HEAD: "refused" as const,
      OPTIONS: ntfyPreflight,
    },
    "/ntfy/:topics/raw": {
      GET: withoutTimeout(ntfyStreams.raw),
      HEAD: "refused" as const,
      OPTIONS: ntfyPreflight,
    },
    "/ntfy/:topics/ws": { GET: ntfyStreams.upgrade, HEAD: "refused" as const },
  } satisfies Record<string, Route>;
}

type Table = ReturnType<typeof createTable>;

/** A value for each method of each address: what documents say of the table. Preflights are the same everywhere. */
export type ByRoute<T> = { [P in keyof Table]: Record<Exclude<keyof Table[P], "OPTIONS" | "HEAD">, T> };

/** Creates the HTTP part of `Bun.serve`'s options: the routes, the answer to other requests, and the answer to an error. Below `basePath`, the same routes answer again. */
export function createRoutes(parts: RouteParts, basePath: string) {
  const { answer } = parts;
  const table: Record<string, Route> = createTable(parts);
  const known = Object.entries(table).map(([path, route]) => ({ pattern: patternOf(path), route }));

  /** Answers 405 with the methods that the address supports (RFC 9110 section 15.5.6). */
  async function refuseMethod(request: Request, route: Route): Promise<Response> {
    const allowed = allowedMethods(route);
    const message = `This address does not support ${request.method}; it supports ${allowed}.`;
    const response = await answer(() => Promise.reject(new KabarError("method-not-allowed", message)));
    response.headers.set("Allow", allowed);
    return response;
  }

  const prefixes = basePath === "" ? [""] : ["", basePath];
  const routes = Object.fromEntries(
    Object.entries(table).flatMap(([path, { HEAD, ...handlers }]) => {
      const refused = HEAD && { HEAD: (request: Request) => refuseMethod(request, { HEAD, ...handlers }) };
      const route = { ...handlers, ...refused };
      return prefixes.map((prefix) => [prefix + path, route]);
    }),
  );

  // Without the slash, the relative addresses of the first page would lead beside the path.
  const redirect = { GET: () => new Response(null, { status: 308, headers: { Location: `${basePath}/` } }) };

  return {
    /** Bun's routes. */
    routes: basePath === "" ? routes : { ...routes, [basePath]: redirect },

    /** Answers a request that none of Bun's routes takes: a version's script, 405, or 404. */
    fetch(request: Request, server: Server): ReturnType<Handler> {
      const pathname = routePath(request, basePath);
      const path = VERSIONED_SCRIPT.test(pathname) ? "/widget.js" : pathname;
      const route = known.find(({ pattern }) => pattern.test(path))?.route;
      const [bare, slash] = WITHOUT_TOPIC.exec(pathname) ?? [];
      if (bare !== undefined && /^(?:GET|HEAD)$/.test(request.method)) {
        // Relative, so that a proxy may serve the pages below a path that the server does not know.
        const way = slash === "" ? `${bare.slice(1)}/` : "";
        const Location = `${way}${FIRST_TOPIC}${parseUrl(request.url).search}`;
        return new Response(null, { status: 302, headers: { Location, "Cache-Control": "no-cache" } });
      }
      if (!route) {
        const error = new KabarError("not-found");
        if (!isPageRequest(request, pathname)) return answer(() => Promise.reject(error));
        return toErrorPage(error, [], rootOf(pathname));
      }
      const method = request.method === "HEAD" ? "GET" : request.method;
      const isVersion = path !== pathname && method === "GET";
      if (isVersion && route.GET) return route.GET(Object.assign(request, { params: {} }), server);
      return refuseMethod(request, route);
    },

    /** Answers what a route throws: an error of the table, or `internal` for a bug. */
    error: (thrown: unknown): Promise<Response> => answer(() => Promise.reject(thrown)),
  };
}
