/**
 * The table of settings: each row has its rule, its default and its reason. docs/OPERATIONS.md lists the same rows; a test
 * compares the two.
 */
import type { z } from "zod";
import { LOG_LEVELS } from "./logger.ts";
import { listLike, oneOf, textLike, wholeNumber, yesOrNo } from "./parsing.ts";

export interface Setting<T extends z.ZodType = z.ZodType> {
  rule: T;
  fallback: z.output<T>;
  /** What it is and why it has this default; one sentence or two. */
  about: string;
  /** The variable's name where it is not KABAR_ and the key in capitals. */
  env?: string;
  secret?: boolean;
}

const setting = <T extends z.ZodType>(
  rule: T,
  fallback: z.output<T>,
  about: string,
  more: { env?: string; secret?: boolean } = {},
): Setting<T> => ({ rule, fallback, about, ...more });

const ORIGIN = /^(\*|https?:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?|null)$/;
const RATE_MAX = 100_000;

/** Every setting, by its key in `Config`; the file's key is the same in snake_case. */
export const SETTINGS = {
  port: setting(wholeNumber(0, 65_535), 3000, "The port to listen on; 0 picks a free one.", { env: "PORT" }),
  host: setting(
    textLike(/^[A-Za-z0-9.:_-]{1,255}$/, "a host name or an address"),
    "127.0.0.1",
    "The address to listen on. Loopback until you say otherwise; 0.0.0.0 for all.",
    { env: "HOST" },
  ),
  dataDir: setting(
    textLike(/^.{1,1000}$/, "a folder"),
    "./data",
    "The folder with the log, the keys and the built widget.",
  ),
  publicUrl: setting(
    textLike(/^(https?:\/\/[^\s/]+)?$/, "an address like https://chat.example, or empty"),
    "",
    "How browsers reach this server: for the tag to paste, and pages of this origin may connect. Empty: taken from the request.",
  ),
  logLevel: setting(oneOf(LOG_LEVELS), "info", "Which log lines to write to standard error."),
  allowedOrigins: setting(
    listLike(ORIGIN, 'a list of origins like https://example.com or https://*.example.com, or "*"'),
    ["*"],
    'Pages that may connect and publish. "*": any page may embed a topic that is open to guests.',
  ),
  trustedProxyHops: setting(
    wholeNumber(0, 10),
    0,
    "How many reverse proxies of yours stand in front; that many entries of X-Forwarded-For are believed.",
  ),
  operatorKey: setting(
    textLike(/^(\S{16,200})?$/, "16 to 200 characters without spaces, or empty"),
    "",
    "The operator's key. Empty: one is made at first start and kept in the data folder.",
    { secret: true },
  ),
  guestSecret: setting(
    textLike(/^(\S{16,200})?$/, "16 to 200 characters without spaces, or empty"),
    "",
    "What guest credentials are signed with. Empty: one is made and kept in the data folder.",
    { secret: true },
  ),
  tokenSecret: setting(
    textLike(/^(\S{32,500})?$/, "32 to 500 characters without spaces, or empty"),
    "",
    "The secret that the site's back end signs users' tokens with (HS256). Empty: no such tokens.",
    { secret: true },
  ),
  tokenKeys: setting(
    textLike(/^.{0,1000}$/, "a JWKS file, or the address of one"),
    "",
    "The public keys of users' tokens (RS256, ES256, EdDSA): a JWKS file, or its address. Empty: no such tokens.",
  ),
  tokenIssuer: setting(textLike(/^.{0,500}$/, "text"), "", "What a token's `iss` must be. Empty: anything."),
  tokenAudience: setting(
    textLike(/^.{0,500}$/, "text"),
    "",
    "What a token's `aud` must be or contain. Empty: anything.",
  ),
  tokenSkewS: setting(wholeNumber(0, 600), 30, "Seconds by which the clocks of two machines may differ."),
  reservedNames: setting(
    listLike(/^[^\s,]{2,40}$/u, "a list of words of 2 to 40 characters"),
    ["admin", "administrator", "moderator", "operator", "system"],
    "Words that no guest's name may have, nor anything that looks like one of them.",
  ),
  guestGate: setting(
    oneOf(["none", "work", "callback"]),
    "none",
    "What a new guest has to pass before they may write: nothing, a little work of their machine, or a question to your back end.",
  ),
  gateWorkBits: setting(
    wholeNumber(1, 30),
    16,
    "Work: zero bits to be found, each doubles it. 16 takes a computer a tenth of a second, an old phone a few.",
  ),
  gateUrl: setting(
    textLike(/^(https?:\/\/\S{1,1000})?$/, "an address of your back end, or empty"),
    "",
    "Callback: where it is asked whether a new guest may write.",
    { secret: true },
  ),
  gateTimeoutMs: setting(wholeNumber(100, 60_000), 3000, "Callback: how long it may take to answer."),
  gateOnFailure: setting(
    oneOf(["closed", "open"]),
    "closed",
    "Callback: whether guests may write (open) or not (closed) when it does not answer.",
  ),
  durability: setting(
    oneOf(["fsync", "os"]),
    "fsync",
    "fsync: an acknowledged message survives a power cut. os: it survives kill -9, a power cut may cost the last ones.",
  ),
  maxCommitWindowMs: setting(
    wholeNumber(0, 1000),
    20,
    "The longest a message waits under load so that others share its fsync and its fan-out. After silence nothing waits.",
  ),
  retainMessages: setting(
    wholeNumber(0, 1_000_000_000),
    1_000_000,
    "How many messages a topic keeps; 0 keeps all.",
  ),
  retainDays: setting(wholeNumber(0, 36_500), 0, "How many days a topic keeps its messages; 0 keeps all."),
  auditDays: setting(
    wholeNumber(0, 36_500),
    365,
    "How many days the audit log keeps changes that are not in force any more; 0 keeps all.",
  ),
  maxTopics: setting(
    wholeNumber(1, 10_000_000),
    100_000,
    "Topics that patterns let visitors make, in all; those without messages are dropped.",
  ),
  addressNewTopics: setting(
    wholeNumber(1, RATE_MAX),
    30,
    "Topics an hour that visitors of one address may make where a pattern lets them.",
  ),
  maxTextBytes: setting(
    wholeNumber(1, 1_000_000),
    8192,
    "The longest text, in bytes of UTF-8: two pages of prose.",
  ),
  maxFrameBytes: setting(
    wholeNumber(1024, 10_000_000),
    65_536,
    "The largest WebSocket frame or HTTP body taken: the longest text, escaped, with room to spare.",
  ),
  maxQueuedBytes: setting(
    wholeNumber(65_536, 100_000_000),
    1_048_576,
    "Unread bytes a session may pile up before it is cut off to resume later; bounds memory per slow reader.",
  ),
  maxTotalQueuedBytes: setting(
    wholeNumber(1_048_576, 1_000_000_000_000),
    268_435_456,
    "Unread bytes of all sessions together; beyond it the slowest are cut off first. Bounds the server's memory.",
  ),
  maxTopicsPerSession: setting(
    wholeNumber(1, 10_000),
    50,
    "Topics one session may subscribe to: many for a page, few for an attack.",
  ),
  maxHistoryPage: setting(wholeNumber(1, 1000), 200, "Messages in one page of history."),
  maxSessions: setting(
    wholeNumber(1, 1_000_000),
    20_000,
    "Open sessions in all; keep the open-file limit above it.",
  ),
  maxSessionsPerAddress: setting(
    wholeNumber(1, 1_000_000),
    200,
    "Open sessions from one address: an office behind one router, not a flood.",
  ),
  helloTimeoutMs: setting(wholeNumber(100, 600_000), 10_000, "How long a session may go without hello."),
  idleTimeoutS: setting(
    wholeNumber(8, 960),
    40,
    "Silence after which a dead connection is closed. Live ones are pinged about 16 seconds before: early enough for proxies that close after 30.",
  ),
  sessionPublishRate: setting(
    wholeNumber(1, RATE_MAX),
    2,
    "Messages a second a guest's session may publish, averaged: faster than anybody types.",
  ),
  sessionPublishBurst: setting(
    wholeNumber(1, RATE_MAX),
    10,
    "Messages it may publish at once after silence.",
  ),
  addressPublishRate: setting(
    wholeNumber(1, RATE_MAX),
    10,
    "Messages a second guests of one address may publish.",
  ),
  addressPublishBurst: setting(
    wholeNumber(1, RATE_MAX),
    50,
    "Messages they may publish at once after silence.",
  ),
  userPublishRate: setting(
    wholeNumber(1, RATE_MAX),
    5,
    "Messages a second a visitor may publish over all of their sessions: many tabs are no way around the limit of one.",
  ),
  userPublishBurst: setting(wholeNumber(1, RATE_MAX), 30, "Messages they may publish at once after silence."),
  topicPublishRate: setting(
    wholeNumber(1, RATE_MAX),
    200,
    "Messages a second all visitors of a topic may publish: nobody can read more, and a flood from many addresses ends here.",
  ),
  topicPublishBurst: setting(
    wholeNumber(1, RATE_MAX),
    1000,
    "Messages they may publish at once after silence: a goal, an encore.",
  ),
  joinRate: setting(
    wholeNumber(1, RATE_MAX),
    2000,
    "Sessions a second that may open on this server: what one processor greets without keeping others waiting.",
  ),
  joinBurst: setting(
    wholeNumber(1, RATE_MAX),
    20_000,
    "Sessions that may open at once: a full house that comes back after a deploy.",
  ),
  addressJoinRate: setting(
    wholeNumber(1, RATE_MAX),
    10,
    "Sessions a second that may open from one address: more than people who reload, fewer than a flood.",
  ),
  addressJoinBurst: setting(
    wholeNumber(1, RATE_MAX),
    200,
    "Sessions that may open at once from one address: an office that comes back after a deploy.",
  ),
  addressReadRate: setting(
    wholeNumber(1, RATE_MAX),
    20,
    "Requests a second that one address may read with over HTTP, pages of history over WebSocket included; each 16 KB of an answer count as one more.",
  ),
  addressReadBurst: setting(
    wholeNumber(1, RATE_MAX),
    500,
    "Requests it may read with at once: an office opens a transcript, a script pages through history.",
  ),
  addressFileRate: setting(
    wholeNumber(1, RATE_MAX),
    500,
    "Pages and widget files a second that one address may load; each 16 KB count as one more.",
  ),
  addressFileBurst: setting(
    wholeNumber(1, RATE_MAX),
    20_000,
    "Pages and widget files it may load at once: a full lecture hall opens a page with a chat, a dozen each.",
  ),
  addressGuessRate: setting(
    wholeNumber(1, RATE_MAX),
    1,
    "Wrong keys or tokens a second that are looked at from one address.",
  ),
  addressGuessBurst: setting(
    wholeNumber(1, RATE_MAX),
    20,
    "Wrong keys or tokens at once: people mistype a few times, guessers are stopped and logged.",
  ),
  sessionCommandRate: setting(
    wholeNumber(1, RATE_MAX),
    20,
    "Commands of any kind a second that a guest's session may send.",
  ),
  sessionCommandBurst: setting(
    wholeNumber(1, RATE_MAX),
    100,
    "Commands it may send at once: a page with many topics starts up.",
  ),
  ringEntries: setting(
    wholeNumber(1, 100_000),
    512,
    "Latest messages of an active topic kept in memory, so that a short absence is made good without reading the log.",
  ),
  drainWindowMs: setting(
    wholeNumber(0, 600_000),
    5000,
    "Shutdown: sessions are told to come back at moments spread over this window.",
  ),
  drainDelayMs: setting(
    wholeNumber(0, 600_000),
    0,
    "Shutdown: how long /readyz says no before sessions are closed, for a load balancer to notice.",
  ),
  metricsPublic: setting(yesOrNo(), true, "Whether /metrics needs the operator's key (false) or not (true)."),
} satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;

const toSnake = (key: string): string => key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
/** The key in kabar.toml. */
export const fileKey = (key: SettingKey): string => toSnake(key);
/** The environment variable. */
export const envName = (key: SettingKey): string =>
  (SETTINGS[key] as Setting).env ?? `KABAR_${toSnake(key).toUpperCase()}`;
export const settingKeys = Object.keys(SETTINGS) as SettingKey[];
