/**
 * The door of incoming webhooks, `/hooks/in/:secret`: takes what other services send to Slack, Discord or Mattermost, and what
 * GitHub and Grafana send, and publishes it as a message. The secret in the address is the only credential; it is never logged
 * and no answer repeats it.
 */
import type { Chat } from "../chat/chat.ts";
import { FREE } from "../chat/charge.ts";
import type { Config } from "../config.ts";
import { asKabarError, KabarError } from "../errors.ts";
import { MESSAGE_ID_PATTERN } from "../formats.ts";
import { readDiscord } from "../hooks/discord-format.ts";
import { readGitHub } from "../hooks/github-format.ts";
import { readGrafana } from "../hooks/grafana-format.ts";
import { hookIdentity, type IncomingHook, type IncomingHooks } from "../hooks/incoming-hooks.ts";
import { fitPosting, type Posting } from "../hooks/posting.ts";
import { readSlack } from "../hooks/slack-format.ts";
import type { Limits } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { Policy } from "../topics/policy.ts";
import { secretsMatch } from "../users/guests.ts";
import { answersOf, HOOK_FORMATS, type HookFormat } from "./hook-answers.ts";
import { type HookBody, readHookBody } from "./hook-body.ts";
import {
  addressOf,
  type AllowedOrigins,
  type PeerLookup,
  requireOrigin,
  type RouteRequest,
} from "./request.ts";

/**
 * The longest body of the formats whose markup is converted: ten times what Slack and Discord let through, and converted in a few
 * hundredths of a second at worst.
 */
const MAX_MARKUP_BYTES = 262_144;

export interface HooksInParts {
  config: Config;
  origins: AllowedOrigins;
  logger: Logger;
  metrics: Metrics;
  limits: Limits;
  policy: Policy;
  chat: Chat;
  incoming: IncomingHooks;
}

export type HooksIn = ReturnType<typeof createHooksIn>;

/** The format that the address names; undefined for none. Throws `not-found`. */
function formatNamed(word: string | undefined): HookFormat | undefined {
  const format = HOOK_FORMATS.find((known) => known === word);
  if (word === undefined || format) return format;
  throw new KabarError(
    "not-found",
    `An incoming webhook's address may end with one of ${HOOK_FORMATS.join(", ")}.`,
  );
}

/** The format of a payload by its shape: Slack's where nothing else is recognised. */
function recognize({ payload, files }: HookBody, request: Request): HookFormat {
  if (request.headers.has("x-github-event")) return "github";
  if (Array.isArray(payload.alerts)) return "grafana";
  const isDiscord = typeof payload.content === "string" || Array.isArray(payload.embeds) || files.length > 0;
  return isDiscord ? "discord" : "slack";
}

/** The message in a body. Throws PostingError. */
function readPosting(format: HookFormat, { bytes, payload, files }: HookBody, request: Request): Posting {
  const isEvent = format === "github" || format === "grafana";
  if (!isEvent && bytes.byteLength > MAX_MARKUP_BYTES)
    throw new KabarError("too-large", `A message in this format may have at most ${MAX_MARKUP_BYTES} bytes.`);
  switch (format) {
    case "discord":
      return readDiscord(payload, files);
    case "github":
      return readGitHub(request.headers.get("x-github-event") ?? "", payload);
    case "grafana":
      return readGrafana(payload);
    default:
      return readSlack(payload);
  }
}

/** The signature of a request in hexadecimal: GitHub's, or Grafana's. */
const signatureOf = ({ headers }: Request): string =>
  (headers.get("x-hub-signature-256") ?? headers.get("x-grafana-alerting-signature") ?? "")
    .replace(/^sha256=/, "")
    .toLowerCase();

/** The id of a message: that of GitHub's delivery or of the sender, so that a repeat is no second message. */
function messageIdOf({ headers }: Request): string {
  const id = headers.get("x-github-delivery") ?? headers.get("idempotency-key") ?? "";
  return MESSAGE_ID_PATTERN.test(id) ? id : crypto.randomUUID();
}

/** Creates the door. */
export function createHooksIn(parts: HooksInParts) {
  const { config, origins, logger, metrics, limits, policy, chat, incoming } = parts;

  /** Throws `bad-credential` for a request that is not signed with the webhook's key. */
  function requireSignature(hook: IncomingHook, request: Request, bytes: Uint8Array): void {
    if (!hook.isSigned) return;
    const wanted = new Bun.CryptoHasher("sha256", incoming.signingSecretOf(hook)).update(bytes).digest("hex");
    if (secretsMatch(signatureOf(request), wanted)) return;
    throw new KabarError(
      "bad-credential",
      "This webhook takes signed requests only: set its secret where the webhook is set up.",
    );
  }

  /** The webhook of a request. Throws `not-found`; an unknown secret costs its address a read. */
  function requireHook(request: RouteRequest, address: string): IncomingHook {
    const hook = incoming.find(request.params.secret ?? "");
    if (hook) return hook;
    limits.takeRead(address);
    throw new KabarError("not-found", "There is no webhook at this address.");
  }

  /** Publishes what a webhook received. */
  async function publish(hook: IncomingHook, posting: Posting, request: Request) {
    const maxBytes = policy.ruleOf(hook.topic)?.maxTextBytes ?? config.maxTextBytes;
    const fitted = fitPosting(posting, maxBytes);
    if (!fitted) throw new KabarError("text-empty");
    const { content, name, avatar } = fitted;
    const who = hookIdentity(hook);
    const user = { ...who.user, name: name ?? hook.name, ...(avatar ? { avatar } : {}) };
    const id = messageIdOf(request);
    const published = await chat.publish({ ...who, user }, hook.topic, id, content, FREE);
    return { ...published, id, hookId: hook.id, text: content.text, name: user.name };
  }

  /** `POST /hooks/in/:secret` and `/hooks/in/:secret/:format`; `fallback` is the format of an address without one. */
  return (fallback?: HookFormat) =>
    async (request: RouteRequest, server: PeerLookup): Promise<Response> => {
      let format = fallback;
      try {
        format = formatNamed(request.params.format) ?? fallback;
        requireOrigin(request, origins);
        const hook = requireHook(request, addressOf(request, server, config));
        limits.takeHook(hook.id);
        const body = await readHookBody(request, config.hooksInBytes);
        requireSignature(hook, request, body.bytes);
        format ??= recognize(body, request);
        const posting = readPosting(format, body, request);
        return answersOf(format).accepted(await publish(hook, posting, request), request);
      } catch (thrown) {
        const error = asKabarError(thrown, (err) => logger.error({ err }, "bug in an incoming webhook"));
        metrics.errors.inc({ code: error.code });
        return answersOf(format).refused(error);
      }
    };
}
