/**
 * The documents of the API as checks of real frames and answers. Stricter than the documents: a field that they do not name is an
 * error here, so that the server sends nothing that is not described.
 */
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { buildConfig } from "../../src/config.ts";
import { DOCUMENTS } from "../../src/schema/documents.ts";

type Json = Record<string, unknown>;
interface Content {
  schema: Json;
  "x-event-data"?: Json;
}
export interface OpenApi extends Json {
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, { content?: Record<string, Content> }> }>
  >;
}

/** The documents of a server with the default settings. */
export const readDocuments = () => {
  const config = buildConfig({}, {});
  return {
    openapi: DOCUMENTS.openapi(config, "0.0.0") as OpenApi,
    asyncapi: DOCUMENTS.asyncapi(config, "0.0.0") as Json,
  };
};

/** Schemas of what clients send, which may have more fields, and of the act that some of them are made of. */
const isOpen = (name: string): boolean => /Command$|^ModerationAct$/.test(name);

/** A copy of a schema in which objects have no other fields than those that it names. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const copy: Json = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  const isObject = copy.type === "object" && "properties" in copy && !("additionalProperties" in copy);
  return isObject ? { ...copy, additionalProperties: false } : copy;
}

/** Creates the function that validates values by the named schemas of a document. */
function createValidate(document: Json): (name: string, value: unknown) => string[] {
  const { schemas } = document.components as { schemas: Json };
  const strict = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, isOpen(name) ? schema : closed(schema)]),
  );
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addVocabulary(["components"]);
  ajv.addSchema({ $id: "document", components: { schemas: strict } });
  return (name, value) => {
    const validate = ajv.getSchema(`document#/components/schemas/${name}`);
    if (!validate) throw new Error(`the document has no schema ${name}`);
    validate(value);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${name}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

const nameOf = (type: unknown, kind: string): string =>
  `${String(type).replace(/^./, (first) => first.toUpperCase())}${kind}`;
const named = ({ $ref }: Json): string => String($ref).replace(/.*\//, "");

/** Throws with the frame or answer and what is wrong with it. */
function refuse(problems: string[], shown: unknown): void {
  if (problems.length === 0) return;
  throw new Error(`${problems.join("\n")}\nin ${JSON.stringify(shown).slice(0, 2000)}`);
}

export type ApiChecks = ReturnType<typeof createApiChecks>;

/** Creates the checks. They throw an error that names the schema and the place. */
export function createApiChecks({ openapi, asyncapi }: { openapi: OpenApi; asyncapi: Json }) {
  const ofFrame = createValidate(asyncapi);
  const ofAnswer = createValidate(openapi);
  const paths = Object.keys(openapi.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
  }));
  const { schemas } = asyncapi.components as { schemas: Json };
  const hasSchema = (type: unknown): boolean => nameOf(type, "Command") in schemas;

  function operationOf(method: string, pathname: string) {
    const path = paths.find(({ pattern }) => pattern.test(pathname))?.path ?? "";
    const operation = openapi.paths[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`the document has no ${method} ${pathname}`);
    return operation;
  }

  return {
    /** Creates the checks of one session. */
    session() {
      /** The types of commands by their id, for their replies. */
      const asked = new Map<unknown, unknown>();
      return {
        /** Whether a frame is a command by its schema. Its reply is then expected. */
        isCommand(frame: string): boolean {
          let command: Json;
          try {
            command = JSON.parse(frame) as Json;
          } catch {
            return false;
          }
          asked.set(command.id, command.type);
          return hasSchema(command.type) && ofFrame(nameOf(command.type, "Command"), command).length === 0;
        },

        /** Checks a frame of the server, and returns the name of its schema. */
        checkFrame(frame: string): string {
          const sent = JSON.parse(frame) as Json;
          const kind = { ok: "Reply", error: "Reply" }[String(sent.type)] ?? "Event";
          const name = nameOf(sent.type === "ok" ? asked.get(sent.id) : sent.type, kind);
          refuse(ofFrame(name, sent), sent);
          return name;
        },
      };
    },

    /**
     * Checks an answer, of which `body` is JSON, a text, the data of one event, or undefined where it is not read. Returns the
     * operation and the status.
     */
    checkAnswer(method: string, pathname: string, status: number, type: string, body: unknown): string {
      const { operationId, responses } = operationOf(method, pathname);
      const response = responses[status];
      if (!response) throw new Error(`${operationId} has no answer ${status}: ${JSON.stringify(body)}`);
      const content = response.content?.[type];
      if ((response.content === undefined) !== (type === "") || (response.content && !content))
        throw new Error(`${operationId} has no answer ${status} of type "${type}"`);
      const reference = type === "text/event-stream" ? content?.["x-event-data"] : content?.schema;
      if (body !== undefined && reference && "$ref" in reference)
        refuse(ofAnswer(named(reference), body), body);
      return `${operationId} ${status}`;
    },

    /** Checks JSON that a request printed, whose status is not known: it is one of the operation's answers. */
    checkPrinted(method: string, pathname: string, body: unknown): void {
      const { responses } = operationOf(method, pathname);
      const names = Object.values(responses).flatMap(({ content = {} }) =>
        Object.values(content).flatMap((each) => [each.schema, each["x-event-data"]]),
      );
      const tried = names.filter((each) => each !== undefined && "$ref" in each) as Json[];
      const problems = tried.map((each) => ofAnswer(named(each), body));
      if (problems.every((list) => list.length > 0)) refuse(problems.flat(), body);
    },
  };
}
