/** The operations of pages, files, health and the WebSocket door. */
import { z } from "zod";
import type { Config } from "../config.ts";
import { EMBED_QUERY } from "../doors/page-embed.ts";
import { TRANSCRIPT_QUERY } from "../doors/page-transcript.ts";
import type { ByRoute } from "../doors/routes.ts";
import { plainQuery } from "../doors/websocket.ts";
import { COUNT } from "./nouns.ts";
import { publishJson } from "./ntfy-operations.ts";
import { type Answer, html, json, type Operation, text } from "./operation.ts";

const UNCHANGED: Answer = { about: "The client has these bytes." };
const SCRIPT = { 200: text("text/javascript", "The script."), 304: UNCHANGED };
const DOCUMENT = {
  200: text("application/json", "The document."),
  304: UNCHANGED,
};

const WIDGET_LIST = z.object({
  version: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      url: z.string(),
      bytes: COUNT,
      brotliBytes: COUNT,
      integrity: z.string(),
      immutable: z.boolean(),
    }),
  ),
  importmap: z.object({ integrity: z.record(z.string(), z.string()) }),
});

const STRINGS = z.array(z.string());
const PRIVACY = z.object({
  software: z.literal("kabar"),
  cookies: STRINGS,
  thirdParties: STRINGS,
  device: z.array(
    z.object({
      area: z.string(),
      key: z.string(),
      fields: STRINGS,
      what: z.string(),
      until: z.string(),
    }),
  ),
  deviceWrittenFrom: z.string(),
  sent: STRINGS,
  notSent: STRINGS,
  server: z.object({
    messages: z.object({ kept: z.string(), days: COUNT.nullable() }),
    addresses: z.string(),
    programs: z.string(),
    repeats: z.string(),
  }),
  rights: z.string(),
  keptAfterErasure: z.string(),
});

const page = (id: string, about: string, more: Partial<Operation> = {}): Operation => ({
  id,
  about,
  access: "anyone",
  answers: { 200: html("The page.") },
  errors: ["rate-limited"],
  ...more,
});

/** Makes the operations, with the limits of this configuration. */
export const createPageOperations = ({ maxHistoryPage }: Pick<Config, "maxHistoryPage">) =>
  ({
    "/": { GET: page("demoPage", "The demo page."), ...publishJson("AtRoot") },
    "/plain": { GET: page("plainPage", "The demo page without widget or library.") },
    "/t/:topic": {
      GET: page("transcriptPage", "The transcript of a topic that guests may read, without JavaScript.", {
        query: TRANSCRIPT_QUERY,
        errors: ["rate-limited", "bad-topic", "bad-request", "topic-unknown", "forbidden"],
        errorsFor: "people",
      }),
    },
    "/embed/:topic": {
      GET: page("embedPage", "The widget as a page, for frames and windows.", {
        query: EMBED_QUERY,
        errors: ["rate-limited", "bad-topic", "bad-request", "topic-unknown"],
        errorsFor: "people",
      }),
    },
    "/embed/:topic/app.webmanifest": {
      GET: page("embedManifest", "The page as an app on a home screen: its web app manifest.", {
        answers: { 200: text("application/manifest+json", "A web app manifest.") },
        errors: ["rate-limited", "bad-topic"],
      }),
    },
    "/app-icon.png": {
      GET: page("appIcon", "The icon of the installed page.", {
        answers: { 200: text("image/png", "512 pixels.") },
      }),
    },
    "/push-worker.js": {
      GET: page("pushWorker", "The service worker for push messages.", { answers: SCRIPT }),
    },
    "/console": { GET: page("consolePage", "The owner's console.") },
    "/privacy": { GET: page("privacyPage", "What the chat stores, as a page.") },
    "/.well-known/kabar.json": {
      GET: page("readPrivacy", "What the chat stores, for programs.", {
        answers: { 200: json("Privacy", PRIVACY, "The data that is stored and sent.") },
      }),
    },
    "/widget.js": { GET: page("widgetScript", "The file of the script tag.", { answers: SCRIPT }) },
    "/widget/:chunk": {
      GET: page("widgetChunk", "A chunk of the widget.", {
        answers: SCRIPT,
        errors: ["rate-limited", "not-found"],
      }),
    },
    "/docs/:file": {
      GET: page("documentation", "A page of the documentation.", {
        answers: { 200: text("text/plain", "Markdown."), 304: UNCHANGED },
        errors: ["rate-limited", "not-found"],
      }),
    },
    "/llms.txt": {
      GET: page("overview", "What Kabar is and where each thing is documented, for language models.", {
        answers: { 200: text("text/plain", "Markdown."), 304: UNCHANGED },
        errors: ["rate-limited", "not-found"],
      }),
    },
    "/widget.json": {
      GET: page("widgetFiles", "The widget's files with sizes and integrity hashes.", {
        answers: { 200: json("WidgetFiles", WIDGET_LIST, "The files of this version.") },
      }),
    },
    "/favicon.ico": {
      GET: page("icon", "The icon.", { answers: { 200: text("image/svg+xml", "A speech bubble.") } }),
    },
    "/websocket": {
      GET: {
        id: "openWebSocket",
        about:
          "Opens a WebSocket: kabar.v1 where that subprotocol is offered (/api/asyncapi.json describes it), else plain lines of the topic.",
        access: "anyone",
        query: plainQuery(maxHistoryPage),
        headers: { "Sec-WebSocket-Protocol": z.string().optional() },
        answers: { 101: { about: "A WebSocket." } },
        errors: [
          "upgrade-required",
          "bad-request",
          "bad-topic",
          "bad-name",
          "topic-unknown",
          "origin-denied",
          "too-many-sessions",
          "rate-limited",
          "shutting-down",
        ],
      },
    },
    "/healthz": {
      GET: page("health", "The process is alive.", {
        answers: { 200: text("text/plain", "ok") },
        errors: [],
      }),
    },
    "/readyz": {
      GET: page("readiness", "The server can store messages.", {
        answers: {
          200: text("text/plain", "Ready; then what weakens delivery, a line each."),
          503: text("text/plain", "Not ready, with the reason."),
        },
        errors: [],
      }),
    },
    "/metrics": {
      GET: page(
        "metrics",
        "Metrics in Prometheus text format; for the operator where metrics_public is false.",
        {
          access: "by rights",
          answers: { 200: text("text/plain", "The metrics.") },
          errors: ["rate-limited", "forbidden"],
        },
      ),
    },
    "/api/openapi.json": { GET: page("openApi", "This document: OpenAPI of HTTP.", { answers: DOCUMENT }) },
    "/api/asyncapi.json": { GET: page("asyncApi", "AsyncAPI of kabar.v1.", { answers: DOCUMENT }) },
  }) satisfies Partial<ByRoute<Operation>>;
