/** An operation of the HTTP API, in the words of OpenAPI: what a route takes, answers and refuses. */
import { z } from "zod";
import { WHY } from "../doors/admin.ts";
import type { ErrorCode } from "../protocol.ts";
import { COUNT, TOPIC } from "./nouns.ts";

/** A schema with its name in the document. */
export interface Named {
  name: string;
  schema: z.ZodType;
}

/** An answer; without `content` its body is empty. */
export interface Answer {
  about: string;
  /** The schema by media type; null where JSON Schema cannot describe it, as for a text. */
  content?: Readonly<Record<string, Named | null>>;
  /** Of a stream of server-sent events: the JSON of each `data:`. */
  data?: Named;
}

/** Who may: anyone; anyone, but the credential decides on what; the operator and API keys of scope admin. */
export type Access = "anyone" | "by rights" | "operator";

export interface Operation {
  /** The name that generated clients give it. */
  id: string;
  about: string;
  access: Access;
  query?: z.ZodRawShape;
  headers?: z.ZodRawShape;
  body?: { schema: Named; isOptional?: boolean; text?: string };
  /** The answers by status. */
  answers: Record<number, Answer>;
  /** The errors beside those that its access has, and `internal`. */
  errors?: readonly ErrorCode[];
  /** Who reads its errors: programs of this API (the default), people, or the service whose webhooks it takes. */
  errorsFor?: "programs" | "people" | "another service";
}

export const json = (name: string, schema: z.ZodType, about: string): Answer => ({
  about,
  content: { "application/json": { name, schema } },
});
/** An answer that is a text of another media type. */
export const text = (type: string, about: string): Answer => ({ about, content: { [type]: null } });
export const html = (about: string): Answer => text("text/html", about);
export const events = (about: string, data?: Named): Answer => ({
  about,
  content: { "text/event-stream": null },
  ...(data ? { data } : {}),
});
/** A message that was stored. */
export const PUBLISHED = z.object({ topic: TOPIC, offset: COUNT, id: z.string(), repeated: z.boolean() });
export const DONE: Answer = { about: "Done." };

// ── Operations for the operator ──────────────────────────────────────────────────────────────────────

/** What a request can be refused for that changes something, and one that has a JSON body. */
export const STORING: readonly ErrorCode[] = ["log-unavailable"];
export const WITH_JSON: readonly ErrorCode[] = [
  "bad-json",
  "bad-request",
  "too-large",
  "unsupported-type",
  ...STORING,
];

/** A body that may have a reason for the audit log. */
export const REASON_BODY = { schema: { name: "Reason", schema: WHY }, isOptional: true };
export const body = (name: string, schema: z.ZodType): { schema: Named } => ({ schema: { name, schema } });
/** An operation for the operator and API keys of scope admin. */
export const operation = (
  id: string,
  about: string,
  answers: Record<number, Answer>,
  errors: readonly ErrorCode[] = [],
  more: Partial<Operation> = {},
): Operation => ({ id, about, access: "operator", answers, errors, ...more });
/** One whose answer is empty. */
export const done = (
  id: string,
  about: string,
  errors: readonly ErrorCode[],
  more?: Partial<Operation>,
): Operation => operation(id, about, { 204: DONE }, errors, more);
