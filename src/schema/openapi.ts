/**
 * The OpenAPI 3.1 document of HTTP, with an operation for each route of the server: a route without one does not compile.
 */
import { z } from "zod";
import type { Config } from "../config.ts";
import { CONSOLE_COOKIE } from "../doors/console-cookie.ts";
import { HOOK_FORMATS } from "../doors/hook-answers.ts";
import type { ByRoute } from "../doors/routes.ts";
import { ERRORS } from "../errors.ts";
import type { ErrorCode } from "../protocol.ts";
import { TOPIC_OR_PATTERN } from "../topic-rules.ts";
import { ADMIN_OPERATIONS } from "./admin-operations.ts";
import { CONSOLE_OPERATIONS } from "./console-operations.ts";
import { HOOK_OPERATIONS } from "./hook-operations.ts";
import { LICENSE } from "./info.ts";
import { type JsonSchema, refTo, toComponents, toJsonSchema } from "./json-schema.ts";
import { RULES } from "../named-sentences.ts";
import { ACT_NAME, ERROR_FIELDS, NOUNS, TOPIC } from "./nouns.ts";
import { NTFY_OPERATIONS } from "./ntfy-operations.ts";
import { createTopicsAdminOperations } from "./topics-admin-operations.ts";
import type { Access, Answer, Operation } from "./operation.ts";
import { createPageOperations } from "./page-operations.ts";
import { createTopicOperations } from "./topic-operations.ts";

const DESCRIPTION = `Publish, read and moderate over HTTP. Errors are {"error": {"code", "message", "retry"}}. All routes answer cross-origin \
requests of allowed origins; none uses cookies, but for the owner's console; HEAD is answered like GET, except for streams. docs/PROTOCOL.md has the meaning and examples; \
/api/asyncapi.json describes kabar.v1 over WebSocket.`;

const BROKEN_RULE = z
  .object({
    field: z.string(),
    must: z.enum(Object.keys(RULES) as [keyof typeof RULES, ...(keyof typeof RULES)[]]),
    min: z.number().exactOptional(),
    max: z.number().exactOptional(),
    words: z.array(z.string()).exactOptional(),
  })
  .describe("The rule that was broken, by its name, for programs that put it into words of their own.");
const ERROR = z.object({ error: z.object({ ...ERROR_FIELDS, rule: BROKEN_RULE.exactOptional() }) });

/** The parameters of paths. */
const PARAMETERS: Readonly<Record<string, z.ZodType>> = {
  topic: TOPIC,
  topics: z.string().describe("Topics with commas between them."),
  pattern: z.string().regex(TOPIC_OR_PATTERN),
  action: ACT_NAME,
  id: z.string(),
  chunk: z.string(),
  file: z.string(),
  secret: z.string(),
  format: z.enum(HOOK_FORMATS),
};

const CREDENTIAL: readonly ErrorCode[] = [
  "bad-credential",
  "bad-token",
  "token-expired",
  "keys-unavailable",
  "rate-limited",
];
const ERRORS_OF: Record<Access, readonly ErrorCode[]> = {
  anyone: [],
  "by rights": CREDENTIAL,
  operator: [...CREDENTIAL, "forbidden", "origin-denied"],
};
const SECURITY: Record<Access, JsonSchema[]> = {
  anyone: [],
  "by rights": [{}, { bearer: [] }],
  operator: [{ bearer: [] }, { console: [] }],
};

function parametersOf(path: string, { query = {}, headers = {} }: Operation): JsonSchema[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: toJsonSchema(PARAMETERS[name] ?? z.string()),
  }));
  const others = ([place, fields]: readonly [string, z.ZodRawShape]) =>
    Object.entries(fields).map(([name, rule]) => {
      const schema = toJsonSchema(rule as z.ZodType);
      // A list is one parameter with commas.
      const form = schema.type === "array" ? { style: "form", explode: false } : {};
      return { name, in: place, schema, ...form };
    });
  return [
    ...inPath,
    ...(
      [
        ["query", query],
        ["header", headers],
      ] as const
    ).flatMap(others),
  ];
}

/** The schema of a body without a named one. */
const anyOf = (type: string): JsonSchema => (type === "application/json" ? {} : { type: "string" });

function responseOf({ about, content, data }: Answer): JsonSchema {
  if (!content) return { description: about };
  const ofData = data ? { "x-event-data": refTo(data.name) } : {};
  const types = Object.entries(content).map(([type, named]) => [
    type,
    { schema: named ? refTo(named.name) : anyOf(type), ...ofData },
  ]);
  return { description: about, content: Object.fromEntries(types) };
}

/** The bodies of errors, by who reads them. */
const ERROR_CONTENT = {
  programs: { "application/json": { schema: refTo("Error") } },
  people: { "text/html": { schema: anyOf("text/html") } },
  "another service": {
    "text/plain": { schema: anyOf("text/plain") },
    "application/json": { schema: anyOf("application/json") },
  },
};

/** The answers to errors by status, with the codes of each. */
function refusalsOf({ access, errors = [], errorsFor = "programs" }: Operation): [string, JsonSchema][] {
  const codes = [...new Set([...errors, ...ERRORS_OF[access]])];
  const content = ERROR_CONTENT[errorsFor];
  // Pages answer a name that no topic can have like an address that does not exist.
  const statusOf = (code: ErrorCode) =>
    errorsFor === "people" && code === "bad-topic" ? ERRORS["not-found"].status : ERRORS[code].status;
  return [...Map.groupBy(codes, statusOf)].map(([status, group]) => [
    String(status),
    { description: group.join(", "), content },
  ]);
}

function describeOperation(path: string, operation: Operation): JsonSchema {
  const { about, access, body, answers } = operation;
  const answered = Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)]);
  const bodyTypes = {
    ...(body?.text === "text/plain" && body.schema.schema instanceof z.ZodString
      ? {}
      : body && { "application/json": { schema: refTo(body.schema.name) } }),
    ...(body?.text ? { [body.text]: { schema: { type: "string" } } } : {}),
  };
  return {
    operationId: operation.id,
    summary: about,
    tags: [path.startsWith("/api/admin/") ? "admin" : path.startsWith("/api/topics/") ? "topics" : "server"],
    security: SECURITY[access],
    parameters: parametersOf(path, operation),
    ...(body ? { requestBody: { required: body.isOptional !== true, content: bodyTypes } } : {}),
    responses: Object.fromEntries([
      ...refusalsOf(operation).filter(([status]) => !(status in answers)),
      ...answered,
      ["default", { description: "Any other error.", content: ERROR_CONTENT.programs }],
    ]),
  };
}

/** The named schemas of an operation. */
const schemasOf = ({ body, answers }: Operation) =>
  [
    body?.schema,
    ...Object.values(answers).flatMap(({ content = {}, data }) => [...Object.values(content), data]),
  ].filter((named) => named !== undefined && named !== null);

/** Makes the document of a server with this configuration. */
export function createOpenApi(
  config: Pick<Config, "publicUrl" | "maxHistoryPage">,
  version: string,
): JsonSchema {
  const operations: ByRoute<Operation> = {
    ...createPageOperations(config),
    ...createTopicOperations(config),
    ...ADMIN_OPERATIONS,
    ...CONSOLE_OPERATIONS,
    ...HOOK_OPERATIONS,
    ...NTFY_OPERATIONS,
    ...createTopicsAdminOperations(config),
  };
  const table: Record<string, Record<string, Operation>> = operations;
  const schemas = new Map<string, z.ZodType>([...Object.entries(NOUNS), ["Error", ERROR]]);
  const paths: Record<string, JsonSchema> = {};
  for (const [path, methods] of Object.entries(table)) {
    const described: JsonSchema = {};
    for (const [method, operation] of Object.entries(methods)) {
      for (const { name, schema } of schemasOf(operation)) schemas.set(name, schema);
      described[method.toLowerCase()] = describeOperation(path, operation);
    }
    paths[path.replace(/:(\w+)/g, "{$1}")] = described;
  }
  return {
    openapi: "3.1.0",
    info: { title: "Kabar", version, description: DESCRIPTION, license: LICENSE },
    servers: [{ url: config.publicUrl || "/" }],
    tags: [
      { name: "topics", description: "Publish, history, streams, moderation." },
      { name: "admin", description: "For the operator's key and API keys of scope admin." },
      { name: "server", description: "Pages, files, health, sessions, the feed." },
    ],
    paths,
    components: {
      schemas: toComponents(schemas),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A user's token, a guest's credential, an API key, or the operator's key.",
        },
        console: {
          type: "apiKey",
          in: "cookie",
          name: `${CONSOLE_COOKIE}…`,
          description:
            "A session of the owner's console, for pages of this server. The name ends with a mark of the server, and begins with __Host- over https.",
        },
      },
    },
  };
}
