/**
 * Bodies of HTTP requests: reads them within their bounds, checks their encoding, and parses JSON by rules. Throws a
 * KabarError that names what was wrong and what is allowed.
 */
import type { z } from "zod";
import { ACT, APPEND_BODY, parseObject, parsePublishBody, ruleError } from "../codec.ts";
import type { Content } from "../chat/submission-rules.ts";
import { UnreadBodyError, KabarError } from "../errors.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true });
/** A body that is so many times too large is not read: a new connection costs less. */
const UNREAD_RATIO = 2;
/** Bytes of the body of a request that sets something: a topic's rules with their lists of words are far smaller. */
const MAX_JSON_BYTES = 131_072;
/** Characters of a wrong header that an error repeats. */
const MAX_QUOTED = 60;
const quote = (value: string): string => JSON.stringify(value.slice(0, MAX_QUOTED));
/** `curl -d` announces plain text as a form; it is taken as plain text. */
const MESSAGE_TYPES = ["text/plain", "application/x-www-form-urlencoded", "application/json"];

/** Waits for a body. Throws `bad-request` when the client leaves in the middle of it: that is no bug of the server. */
export async function receiveBody<T>(body: Promise<T>): Promise<T> {
  try {
    return await body;
  } catch {
    throw new KabarError("bad-request", "The body is incomplete.");
  }
}

/**
 * The bytes of a body whose length is not announced. It is refused as soon as it is too large: a server-wide limit that is
 * higher would let a sender without an end hold the request.
 */
async function receiveWithin(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const value = reader && (await receiveBody(reader.read())).value;
    if (value === undefined) return new Uint8Array(Bun.concatArrayBuffers(parts));
    length += value.byteLength;
    if (length > maxBytes) {
      await reader?.cancel().catch(() => undefined);
      throw new UnreadBodyError(maxBytes);
    }
    parts.push(value);
  }
}

/** The bytes of a body. Throws `too-large` above `maxBytes`, `unsupported-type` when it is encoded. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > maxBytes * UNREAD_RATIO) throw new UnreadBodyError(maxBytes);
  if (announced > maxBytes) throw new KabarError("too-large", `The body is larger than ${maxBytes} bytes.`);
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw new KabarError(
      "unsupported-type",
      `Content-Encoding: is ${quote(encoding)}; send the body without an encoding.`,
    );
  if (request.headers.has("content-length")) return new Uint8Array(await receiveBody(request.arrayBuffer()));
  return receiveWithin(request, maxBytes);
}

/** Bytes as text. Throws `bad-request` when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new KabarError("bad-request", "The body is not UTF-8.");
  }
}

/** A body as text. Throws `too-large` above `maxBytes`, `unsupported-type` when it is encoded, `bad-request` when it is not UTF-8. */
export const readBody = async (request: Request, maxBytes: number): Promise<string> =>
  decodeUtf8(await readBytes(request, maxBytes));

/** Throws `unsupported-type` unless a message may have this `Content-Type`; returns the media type without parameters. */
function requireMessageType(contentType: string): string {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
  if (!MESSAGE_TYPES.includes(type))
    throw new KabarError(
      "unsupported-type",
      `Content-Type: is ${quote(type)}, must be text/plain or application/json.`,
    );
  const charset = parameters.find((part) => part.startsWith("charset="))?.slice("charset=".length);
  if (charset !== undefined && !/^"?(?:utf-?8|us-ascii)"?$/.test(charset))
    throw new KabarError("unsupported-type", `Content-Type: charset is ${quote(charset)}, must be utf-8.`);
  return type;
}

/** The message in a body: its text, and from a JSON body its other fields, the message id and the author's name, where they are given. */
export async function readMessage(
  request: Request,
  maxBytes: number,
): Promise<Content & { id?: string | undefined; name?: string | undefined }> {
  const type = requireMessageType(request.headers.get("content-type") ?? "text/plain");
  const body = await readBody(request, maxBytes);
  return type === "application/json" ? parsePublishBody(body) : { text: body };
}

/**
 * The append in a body: JSON, or the text with `sequence` and `done` as the query has them. Throws `bad-request`, and what `readBody`
 * throws.
 */
export async function readAppend(
  request: Request,
  maxBytes: number,
  { sequence, done }: { sequence?: string | undefined; done?: string | undefined },
): Promise<z.output<typeof APPEND_BODY>> {
  const type = requireMessageType(request.headers.get("content-type") ?? "text/plain");
  const text = await readBody(request, maxBytes);
  const flags: Record<string, unknown> = { true: true, false: false };
  const given: Record<string, unknown> =
    type === "application/json"
      ? parseFields(text)
      : {
          text,
          ...(sequence === undefined ? {} : { sequence }),
          ...(done === undefined ? {} : { done: flags[done] ?? done }),
        };
  const append = APPEND_BODY.safeParse(given);
  if (!append.success) throw ruleError(append.error, given, "bad-request");
  return append.data;
}

/** The fields of a JSON object; an empty body is an empty object. Throws `bad-json`. */
export function parseFields(body: string): Record<string, unknown> {
  const fields = body === "" ? {} : parseObject(body);
  if (!fields) throw new KabarError("bad-json");
  return fields;
}

/** A JSON body that follows `rule`; an empty body is an empty object. Throws `too-large`, `bad-json` or `bad-request`. */
export async function readJson<T extends z.ZodType>(request: Request, rule: T): Promise<z.output<T>> {
  const raw = parseFields(await readBody(request, MAX_JSON_BYTES));
  const body = rule.safeParse(raw);
  if (!body.success) throw ruleError(body.error, raw, "bad-request");
  return body.data;
}

/**
 * The act of moderation in a body; `action` is its name where the address has it. Throws `too-large`, `bad-json`, `bad-request` and
 * what `readBody` throws.
 */
export async function readAct(
  request: Request,
  maxBytes: number,
  action?: string,
): Promise<z.output<typeof ACT>> {
  const fields = parseFields(await readBody(request, maxBytes));
  const asked = action === undefined ? fields : { ...fields, action };
  const act = ACT.safeParse(asked);
  if (!act.success) throw ruleError(act.error, asked, "bad-request");
  return act.data;
}
