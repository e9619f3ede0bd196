/**
 * JSON Schema 2020-12 of parsing rules (zod): the rules that the server parses by become the schemas that the documents publish.
 * Objects stay open: later versions add fields, which readers ignore.
 */
import { z } from "zod";
import { TOPIC_MODE } from "../moderation/moderation.ts";
import { WORD_RULES } from "../moderation/word-filter.ts";
import { MODE_FIELD, WORDS_FIELD } from "../codec.ts";

/** A schema as JSON. */
export type JsonSchema = Record<string, unknown>;

/** Rules that the codec leaves to moderation, and the rules there. */
const JUDGED_LATER = new Map<unknown, z.ZodType>([
  [MODE_FIELD, TOPIC_MODE.partial()],
  [WORDS_FIELD, WORD_RULES.partial()],
]);

/** The address of a named schema within a document. */
export const refTo = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

const OPTIONS = {
  // What a sender may send. What the server sends has no transformations, so that both forms are the same.
  io: "input",
  // Rules in code, such as the bytes of `data`: the words of the rule describe them.
  unrepresentable: "any",
  override({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: JsonSchema }): void {
    const later = JUDGED_LATER.get(zodSchema);
    if (later) Object.assign(jsonSchema, { additionalProperties: undefined }, toJsonSchema(later));
    const { allowed, pattern } = jsonSchema;
    delete jsonSchema.allowed;
    // The bounds of a number say it.
    if (typeof allowed === "string" && jsonSchema.type !== "integer")
      jsonSchema.description ??= `Must be ${allowed}.`;
    // Unicode properties are not in every language's regular expressions; the description has the rule in words.
    if (typeof pattern === "string" && pattern.includes("\\p{")) delete jsonSchema.pattern;
  },
} as const;

/** A schema without the keys that a part of a document does not have. */
function asPart({ $schema: _, $id: __, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** The JSON Schema of a rule that has no name. Throws for a rule that refers to itself. */
export const toJsonSchema = (rule: z.ZodType): JsonSchema =>
  asPart(z.toJSONSchema(rule, OPTIONS) as JsonSchema);

/** The JSON Schemas of named rules; where one contains another, it refers to it. */
export function toComponents(named: ReadonlyMap<string, z.ZodType>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, rule] of named) registry.add(rule, { id });
  const { schemas } = z.toJSONSchema(registry, { ...OPTIONS, uri: (id) => refTo(id).$ref });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, asPart(schema as JsonSchema)]),
  );
}
