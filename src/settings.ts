/** The table of settings: rule, default and reason of each. docs/OPERATIONS.md lists the same rows. */
import { isDatabaseAddress, MAX_DATABASES } from "./database-address.ts";
import { ALERT_SETTINGS } from "./alert-settings.ts";
import { CONSOLE_SETTINGS } from "./console-settings.ts";
import { ORIGIN_PATTERN } from "./formats.ts";
import { LISTENING_SETTINGS } from "./listening-settings.ts";
import { LOG_LEVELS } from "./logger.ts";
import { listLike, listOf, oneOf, textLike, wholeNumber, yesOrNo } from "./parsing.ts";
import { PUSH_SETTINGS } from "./push-settings.ts";
import { type Setting, setting } from "./setting.ts";

/** A path below which the server may answer: none that one of its own routes begins with. */
const PUBLIC_URL =
  /^(https?:\/\/[^\s/?#]+(\/(?!(?:api|console|docs|embed|hooks|ntfy|t|widget|websocket)(?:\/|$))[A-Za-z0-9][\w.~-]*(\/[A-Za-z0-9][\w.~-]*)*)?)?$/;
const RATE_MAX = 100_000;

/** Every setting, by its key in `Config`. The key in kabar.toml is the same in snake_case. */
export const SETTINGS = {
  ...LISTENING_SETTINGS,
  dataDir: setting(
    () => textLike(/^.{1,1000}$/, "a folder"),
    "./data",
    "The folder with the log, the keys and the built widget.",
  ),
  log: setting(
    () =>
      listOf(
        isDatabaseAddress,
        "an address like postgres://user:password@host/database, a list of them, or empty",
        { separator: /\s+/, max: MAX_DATABASES },
      ),
    [] as string[],
    "The database that holds the log, a PostgreSQL 13 or newer; or several, which share the topics. Empty: SQLite in the data folder.",
    { secret: true },
  ),
  publicUrl: setting(
    () =>
      textLike(
        PUBLIC_URL,
        "an address like https://chat.example or https://example.com/chat (a path that does not begin with one of this server's own, such as /api), or empty",
      ),
    "",
    "The address at which browsers reach this server, used in the tag to paste; pages of this origin may connect. With a path, the server also answers below it. Empty: taken from the request.",
  ),
  logLevel: setting(() => oneOf(LOG_LEVELS), "info", "The lowest level of the log lines on standard error."),
  allowedOrigins: setting(
    () =>
      listLike(ORIGIN_PATTERN, 'a list of origins like https://example.com or https://*.example.com, or "*"'),
    ["*"],
    'Pages that may connect and publish. "*": any page may embed a topic that is open to guests.',
  ),
  trustedProxyHops: setting(
    () => wholeNumber(0, 10),
    0,
    "Number of your reverse proxies in front of the server, which trusts that many entries at the end of X-Forwarded-For.",
  ),
  operatorKey: setting(
    () => textLike(/^(\S{16,200})?$/, "16 to 200 characters without spaces, or empty"),
    "",
    "The operator's key. Empty: the first start makes one and keeps it in the data folder.",
    { secret: true },
  ),
  guestSecret: setting(
    () => textLike(/^(\S{16,200})?$/, "16 to 200 characters without spaces, or empty"),
    "",
    "The secret that signs guests' credentials. Empty: the first start makes one and keeps it in the data folder.",
    { secret: true },
  ),
  tokenSecret: setting(
    () => textLike(/^(\S{32,500})?$/, "32 to 500 characters without spaces, or empty"),
    "",
    "The secret with which the site's back end signs users' tokens (HS256). Empty: such tokens are refused.",
    { secret: true },
  ),
  tokenKeys: setting(
    () => textLike(/^.{0,1000}$/, "a JWKS file, or the address of one"),
    "",
    "The public keys of users' tokens (RS256, ES256, EdDSA): a JWKS file, or its address. Empty: such tokens are refused.",
  ),
  tokenIssuer: setting(
    () => textLike(/^.{0,500}$/, "text"),
    "",
    "The `iss` that a token must have. Empty: any.",
  ),
  tokenAudience: setting(
    () => textLike(/^.{0,500}$/, "text"),
    "",
    "The `aud` that a token must have or contain. Empty: any.",
  ),
  tokenSkewS: setting(
    () => wholeNumber(0, 600),
    30,
    "Seconds by which the clock of the token's issuer may differ from this server's.",
  ),
  reservedNames: setting(
    () => listLike(/^[^\s,]{2,40}$/u, "a list of words of 2 to 40 characters"),
    ["admin", "administrator", "moderator", "operator", "system"],
    "Words that a guest's name must not contain, look-alikes included.",
  ),
  guestGate: setting(
    () => oneOf(["none", "work", "callback"]),
    "none",
    "The check of new guests before they may write: none, a proof of work, or a callback to your back end.",
  ),
  gateWorkBits: setting(
    () => wholeNumber(1, 30),
    16,
    "Proof of work: leading zero bits to find; each bit doubles the work. 16 takes a computer a tenth of a second, an old phone a few seconds.",
  ),
  gateUrl: setting(
    () => textLike(/^(https?:\/\/\S{1,1000})?$/, "an address of your back end, or empty"),
    "",
    "Callback: the address that decides whether a new guest may write.",
    { secret: true },
  ),
  gateTimeoutMs: setting(
    () => wholeNumber(100, 60_000),
    3000,
    "Callback: how long the server waits for the answer.",
  ),
  gateOnFailure: setting(
    () => oneOf(["closed", "open"]),
    "closed",
    "Callback: whether new guests may write (open) or not (closed) when your back end does not answer.",
  ),
  durability: setting(
    () => oneOf(["fsync", "os"]),
    "fsync",
    "fsync: acknowledged messages survive a power cut. os: they survive kill -9, but a power cut may lose the last ones.",
  ),
  maxCommitWindowMs: setting(
    () => wholeNumber(0, 1000),
    20,
    "The longest that a message waits under load, so that many share one fsync and one fan-out. After silence no message waits.",
  ),
  search: setting(
    () => yesOrNo(),
    true,
    "Messages can be searched, by an index of some 150 bytes a message.",
  ),
  retainMessages: setting(
    () => wholeNumber(0, 1_000_000_000),
    1_000_000,
    "How many messages a topic keeps; 0 keeps all.",
  ),
  retainDays: setting(
    () => wholeNumber(0, 36_500),
    0,
    "How many days a topic keeps its messages; 0 keeps all.",
  ),
  auditDays: setting(
    () => wholeNumber(0, 36_500),
    365,
    "How many days the audit log keeps changes that are no longer in force; 0 keeps all.",
  ),
  maxTopics: setting(
    () => wholeNumber(1, 10_000_000),
    100_000,
    "Topics that guests and users may create through patterns, in all; topics without messages are dropped.",
  ),
  addressNewTopics: setting(
    () => wholeNumber(1, RATE_MAX),
    30,
    "Topics an hour that guests and users of one address may create through patterns.",
  ),
  maxTextBytes: setting(
    () => wholeNumber(1, 1_000_000),
    8192,
    "The longest text, in bytes of UTF-8: two pages of prose.",
  ),
  maxFrameBytes: setting(
    () => wholeNumber(1024, 10_000_000),
    65_536,
    "The largest WebSocket frame or HTTP body that is accepted: more than the longest text, escaped.",
  ),
  maxQueuedBytes: setting(
    () => wholeNumber(65_536, 100_000_000),
    1_048_576,
    "Unread bytes that a session may have before the server closes it (the client resumes later); bounds the memory of a slow reader.",
  ),
  maxTotalQueuedBytes: setting(
    () => wholeNumber(1_048_576, 1_000_000_000_000),
    268_435_456,
    "Unread bytes of all sessions together; above this the server closes the slowest sessions first. Bounds the server's memory.",
  ),
  maxGrowing: setting(
    () => wholeNumber(1, 1_000_000),
    1000,
    "Messages that may grow at a time, in all: each is rewritten up to ten times a second.",
  ),
  maxGrowingPerUser: setting(
    () => wholeNumber(1, 1_000_000),
    100,
    "Messages of one author that may grow at a time: many builds of one key.",
  ),
  growingIdleS: setting(
    () => wholeNumber(1, 86_400),
    300,
    "Seconds without an append after which a growing message is ended as it stands.",
  ),
  maxTopicsPerSession: setting(
    () => wholeNumber(1, 10_000),
    50,
    "Topics that one session may subscribe to: many for a page, few for an attack.",
  ),
  maxHistoryPage: setting(() => wholeNumber(1, 1000), 200, "Messages in one page of history."),
  maxSessions: setting(
    () => wholeNumber(1, 1_000_000),
    20_000,
    "Open sessions in all; set the open-file limit above this.",
  ),
  maxSessionsPerAddress: setting(
    () => wholeNumber(1, 1_000_000),
    200,
    "Open sessions from one address: enough for an office behind one router, too few for a flood.",
  ),
  helloTimeoutMs: setting(
    () => wholeNumber(100, 600_000),
    10_000,
    "How long a new session may stay open without `hello`.",
  ),
  idleTimeoutS: setting(
    () => wholeNumber(8, 960),
    40,
    "Seconds of silence after which a connection is closed. The server pings about 16 seconds earlier: in time for proxies that close after 30 seconds.",
  ),
  sessionPublishRate: setting(
    () => wholeNumber(1, RATE_MAX),
    2,
    "Messages a second that a guest's session may publish on average: faster than people type.",
  ),
  sessionPublishBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    10,
    "Messages that a guest's session may publish at once after silence.",
  ),
  addressPublishRate: setting(
    () => wholeNumber(1, RATE_MAX),
    10,
    "Messages a second that all guests of one address may publish.",
  ),
  addressPublishBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    50,
    "Messages that all guests of one address may publish at once after silence.",
  ),
  userPublishRate: setting(
    () => wholeNumber(1, RATE_MAX),
    5,
    "Messages a second that one guest or user may publish over all sessions: more tabs do not raise the limit.",
  ),
  userPublishBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    30,
    "Messages that one guest or user may publish at once after silence.",
  ),
  topicPublishRate: setting(
    () => wholeNumber(1, RATE_MAX),
    200,
    "Messages a second that all guests and users of a topic may publish: more than people can read, and a bound for floods from many addresses.",
  ),
  topicPublishBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    1000,
    "Messages that all guests and users of a topic may publish at once after silence: a goal, an encore.",
  ),
  joinRate: setting(
    () => wholeNumber(1, RATE_MAX),
    2000,
    "Sessions a second that may open on this server: as many as one processor opens while it serves the others.",
  ),
  joinBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    20_000,
    "Sessions that may open at once: all readers of a full server return after a deploy.",
  ),
  addressJoinRate: setting(
    () => wholeNumber(1, RATE_MAX),
    10,
    "Sessions a second that may open from one address: enough for people who reload, too few for a flood.",
  ),
  addressJoinBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    200,
    "Sessions that may open at once from one address: an office returns after a deploy.",
  ),
  addressReadRate: setting(
    () => wholeNumber(1, RATE_MAX),
    20,
    "Reads a second over HTTP from one address, pages of history over WebSocket included; each 16 KB of an answer count as one more.",
  ),
  addressReadBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    500,
    "Reads at once from one address: an office opens a transcript, a script pages through history.",
  ),
  addressFileRate: setting(
    () => wholeNumber(1, RATE_MAX),
    500,
    "Pages and widget files a second that one address may load; each 16 KB count as one more.",
  ),
  addressFileBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    20_000,
    "Pages and widget files that one address may load at once: a full lecture hall opens a page with a chat, a dozen files each.",
  ),
  addressGuessRate: setting(
    () => wholeNumber(1, RATE_MAX),
    1,
    "Wrong keys or tokens a second that the server checks from one address.",
  ),
  addressGuessBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    20,
    "Wrong keys or tokens at once from one address: people mistype a few; the server refuses and logs more.",
  ),
  sessionCommandRate: setting(
    () => wholeNumber(1, RATE_MAX),
    20,
    "Commands of any kind a second that a guest's session may send.",
  ),
  sessionCommandBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    100,
    "Commands that a guest's session may send at once: a page with many topics starts.",
  ),
  ringEntries: setting(
    () => wholeNumber(1, 100_000),
    512,
    "Latest messages of an active topic that stay in memory, so that readers resume after a short absence without a read of the log.",
  ),
  drainWindowMs: setting(
    () => wholeNumber(0, 600_000),
    5000,
    "Shutdown: sessions get times to reconnect, spread over this window.",
  ),
  drainDelayMs: setting(
    () => wholeNumber(0, 600_000),
    0,
    "Shutdown: how long /readyz answers 503 before sessions are closed, so that a load balancer notices.",
  ),
  hooksAllowPrivate: setting(
    () => yesOrNo(),
    false,
    "Whether webhooks may be sent to private addresses: this machine, your own network. false: only to the public Internet.",
  ),
  hooksTimeoutMs: setting(
    () => wholeNumber(100, 60_000),
    15_000,
    "How long a webhook's receiver may take to answer; a later answer counts as none.",
  ),
  askTimeoutMs: setting(
    () => wholeNumber(100, 5000),
    1500,
    "How long the webhook that is asked first may take to answer; then its fallback holds. A visitor waits that long.",
  ),
  ...ALERT_SETTINGS,
  hooksInBytes: setting(
    () => wholeNumber(1024, 25_000_000),
    1_048_576,
    "The largest body that an incoming webhook takes: GitHub and Grafana send far more than they say.",
  ),
  hookInRate: setting(
    () => wholeNumber(1, RATE_MAX),
    5,
    "Messages a second that one incoming webhook may publish on average: more than Slack and Discord allow.",
  ),
  hookInBurst: setting(
    () => wholeNumber(1, RATE_MAX),
    60,
    "Messages that one incoming webhook may publish at once after silence: a storm of alerts.",
  ),
  ntfyKeepaliveS: setting(
    () => wholeNumber(1, 600),
    30,
    "Seconds of silence after which a subscriber of ntfy's gets a sign of life: ntfy's clients give up after about a minute more.",
  ),
  feedDays: setting(
    () => wholeNumber(1, 3650),
    7,
    "How many days the feed is kept, so that its readers and webhooks can go back. What a webhook has yet to send is kept longer.",
  ),
  ...PUSH_SETTINGS,
  ...CONSOLE_SETTINGS,
  metricsPublic: setting(
    () => yesOrNo(),
    true,
    "true: everyone may read /metrics. false: it needs the operator's key or an admin key.",
  ),
} satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;

const toSnake = (key: string): string => key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
/** The key in kabar.toml. */
export const fileKey = (key: SettingKey): string => toSnake(key);
/** The environment variable. */
export const envName = (key: SettingKey): string =>
  (SETTINGS[key] as Setting).env ?? `KABAR_${toSnake(key).toUpperCase()}`;
export const settingKeys = Object.keys(SETTINGS) as SettingKey[];
