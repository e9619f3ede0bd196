/**
 * Bodies of incoming webhooks: JSON, a form with the field `payload`, or a form with files. The bytes stay as they came, because
 * a signature covers them.
 */
import { parseObject } from "../codec.ts";
import { KabarError } from "../errors.ts";
import type { Loose } from "../hooks/loose-json.ts";
import { decodeUtf8, readBytes } from "./request-body.ts";

/** Fields of forms that hold the JSON: Slack's and GitHub's, and Discord's. */
const JSON_FIELDS = ["payload", "payload_json"];

export interface HookBody {
  /** The bytes of the request. */
  bytes: Uint8Array<ArrayBuffer>;
  payload: Loose;
  /** Names of the files that came with it. */
  files: string[];
}

/** A form as an object: its JSON where it has some, else its fields. */
function payloadOf(fields: [string, unknown][]): Loose | undefined {
  const json = fields.find(([name]) => JSON_FIELDS.includes(name))?.[1];
  return typeof json === "string" ? parseObject(json) : Object.fromEntries(fields);
}

async function readForm(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Omit<HookBody, "bytes">> {
  const form = await new Response(bytes, { headers: { "Content-Type": contentType } })
    .formData()
    .catch(() => undefined);
  if (!form) throw new KabarError("bad-json", "The form cannot be read.");
  const entries = [...form.entries()] as [string, unknown][];
  const fields = entries.filter(([, value]) => typeof value === "string");
  const files = entries.flatMap(([, value]) => (value instanceof Blob ? [Reflect.get(value, "name")] : []));
  const payload = payloadOf(fields);
  if (!payload) throw new KabarError("bad-json");
  return { payload, files: files.map((name) => String(name).slice(0, 100)).slice(0, 10) };
}

/** Reads a body of at most `maxBytes`. Throws `too-large`, `bad-json`, `bad-request`, `unsupported-type`. */
export async function readHookBody(request: Request, maxBytes: number): Promise<HookBody> {
  const contentType = request.headers.get("content-type") ?? "";
  const bytes = await readBytes(request, maxBytes);
  if (contentType.toLowerCase().startsWith("multipart/form-data"))
    return { bytes, ...(await readForm(bytes, contentType)) };
  const text = decodeUtf8(bytes).trim();
  if (text.startsWith("{")) {
    const payload = parseObject(text);
    if (!payload) throw new KabarError("bad-json");
    return { bytes, payload, files: [] };
  }
  if (contentType.toLowerCase().startsWith("text/plain") && text !== "")
    return { bytes, payload: { text }, files: [] };
  // `curl -d` and some libraries announce JSON as a form: what is no object is a form then.
  const payload = text.includes("=") ? payloadOf([...new URLSearchParams(text)]) : undefined;
  if (!payload) throw new KabarError("bad-json");
  return { bytes, payload, files: [] };
}
