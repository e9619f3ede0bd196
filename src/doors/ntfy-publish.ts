/**
 * Publishing as ntfy's clients do it (docs.ntfy.sh/publish): `PUT` and `POST /ntfy/:topic` with headers or a query, JSON to `/ntfy`,
 * and `GET /ntfy/:topic/publish`. Rights, limits and moderation are those of `POST /api/topics/:topic/messages`.
 */
import type { Chat } from "../chat/chat.ts";
import { chargeOf } from "../chat/charge.ts";
import { isUnmoderated } from "../chat/submission-rules.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { textOf } from "../hooks/loose-json.ts";
import { toNtfy } from "../hooks/ntfy-format.ts";
import { readNtfy } from "../hooks/ntfy-params.ts";
import { fitPosting, withoutButtons } from "../hooks/posting.ts";
import { messageFields } from "../message-fields.ts";
import type { Limits } from "../limits.ts";
import { entryAt, type MessageLog } from "../log/log.ts";
import type { Policy } from "../topics/policy.ts";
import type { Auth } from "../users/auth.ts";
import { isRateLimited } from "../users/identity.ts";
import { type NtfyAnswer, type NtfyCall, openNtfyCall, refuseFile, requireNtfyTopic } from "./ntfy-door.ts";
import { type AllowedOrigins, NO_STORE, type PeerLookup, type RouteRequest } from "./request.ts";
import { decodeUtf8, parseFields, readBytes } from "./request-body.ts";

export interface NtfyPublishParts {
  config: Config;
  origins: AllowedOrigins;
  auth: Auth;
  chat: Chat;
  limits: Limits;
  policy: Policy;
  log: MessageLog;
  ntfyAnswer: NtfyAnswer;
}

export type NtfyPublish = ReturnType<typeof createNtfyPublish>;

/** The body as text. Throws `too-large`, and ntfy's error for a file. */
async function readText(request: Request, maxBytes: number): Promise<string> {
  const bytes = await readBytes(request, maxBytes);
  try {
    return decodeUtf8(bytes);
  } catch {
    return refuseFile();
  }
}

/** Creates the routes. */
export function createNtfyPublish(parts: NtfyPublishParts) {
  const { config, auth, chat, limits, policy, log, ntfyAnswer } = parts;

  /** Publishes a message, and answers with it as ntfy does. */
  async function publish(call: NtfyCall, topic: string, readBody: () => Promise<string>): Promise<Response> {
    const { param, address } = call;
    const who = await call.identify();
    // A refused attempt costs only its sender.
    if (isRateLimited(who)) limits.takeSender({ address, user: who.user.id });
    const posting = readNtfy(param, await readBody());
    const mayAddButtons = isUnmoderated(who) || auth.rightsIn(who, topic)?.moderate === true;
    const allowed = mayAddButtons ? posting : withoutButtons(posting);
    const fitted = fitPosting(allowed, policy.ruleOf(topic)?.maxTextBytes ?? config.maxTextBytes);
    if (!fitted) throw new KabarError("text-empty");
    const { text, ...fields } = fitted.content;
    const id = crypto.randomUUID();
    const author = { ...who, address: auth.hashAddress(address) };
    const charge = isRateLimited(who) ? chargeOf(limits, address) : undefined;
    const { offset, held } = await chat.publish(author, topic, id, fitted.content, charge);
    const at = (offset > 0 ? (await entryAt(log, topic, offset))?.at : undefined) ?? Date.now();
    const published = toNtfy({ topic, offset, id, at, user: who.user, text, ...messageFields(fields) });
    return Response.json({ ...published, ...(held ? { held } : {}) }, NO_STORE);
  }

  return {
    /** `PUT` and `POST /ntfy/:topic` */
    publish: (request: RouteRequest, server: PeerLookup): Promise<Response> =>
      ntfyAnswer(async () => {
        const topic = requireNtfyTopic(request.params.topic ?? "");
        const call = openNtfyCall(parts, request, server);
        return publish(call, topic, () => readText(request, config.maxFrameBytes));
      }),

    /** `PUT` and `POST /ntfy`: the topic and all parameters as JSON. */
    publishJson: (request: Request, server: PeerLookup): Promise<Response> =>
      ntfyAnswer(async () => {
        const json = parseFields(await readText(request, config.maxFrameBytes));
        const topic = requireNtfyTopic(textOf(json.topic));
        return publish(openNtfyCall(parts, request, server, json), topic, async () => "");
      }),

    /**
     * `GET /ntfy/:topic/publish`, for senders that know no other method. Guests are refused: any page could let its visitors
     * publish by an image.
     */
    publishByGet: (request: RouteRequest, server: PeerLookup): Promise<Response> =>
      ntfyAnswer(async () => {
        const topic = requireNtfyTopic(request.params.topic ?? "");
        const call = openNtfyCall(parts, request, server);
        const { user } = await call.identify();
        if (user.role === "guest")
          throw new KabarError("forbidden", "Publishing by GET needs a key: Authorization, or ?auth=.");
        return publish(call, topic, async () => "");
      }),

    /** `GET /ntfy/:topic`: the chat as a page, where ntfy has its own. */
    show: (request: RouteRequest): Promise<Response> =>
      ntfyAnswer(async () => {
        const topic = requireNtfyTopic(request.params.topic ?? "");
        return new Response(null, {
          status: 302,
          headers: { Location: `../embed/${encodeURIComponent(topic)}` },
        });
      }),

    /** `GET /ntfy/v1/health` */
    health: (): Promise<Response> => ntfyAnswer(async () => Response.json({ healthy: true }, NO_STORE)),
  };
}
