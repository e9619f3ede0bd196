/**
 * The AsyncAPI 3 document of `kabar.v1`: one channel with every command, reply and event. It describes the server: what a client
 * sends, the server receives.
 */
import type { z } from "zod";
import type { Config } from "../config.ts";
import { PROTOCOL } from "../protocol.ts";
import { COMMANDS, ERROR_FRAME, EVENT_FRAMES, type Frame } from "./frame-schemas.ts";
import { LICENSE } from "./info.ts";
import { type JsonSchema, refTo, toComponents } from "./json-schema.ts";
import { NOUNS } from "./nouns.ts";

const CHANNEL = "#/channels/session";
const DESCRIPTION = `The WebSocket subprotocol ${PROTOCOL}. Every frame is one JSON object in a text frame. A command has an id that the \
client chooses; its reply has the same id and the type ok or error. Ignore fields and event types that you do not know. The same frames \
pass over GET and POST /api/session where no WebSocket opens. docs/PROTOCOL.md has the meaning and examples.`;

/** Where the server is, by its configuration. */
function serverOf({ publicUrl, port }: Pick<Config, "publicUrl" | "port">): JsonSchema {
  const { protocol, host, pathname } = new URL(publicUrl === "" ? `http://localhost:${port}` : publicUrl);
  return { host, pathname: pathname.replace(/\/$/, ""), protocol: protocol === "https:" ? "wss" : "ws" };
}

const messageRef = ({ name }: Frame) => ({ $ref: `${CHANNEL}/messages/${name}` });

/** Makes the document. */
export function createAsyncApi(config: Pick<Config, "publicUrl" | "port">, version: string): JsonSchema {
  const replies = COMMANDS.map(({ reply }) => reply);
  const frames = [...COMMANDS.map(({ command }) => command), ...replies, ...EVENT_FRAMES, ERROR_FRAME];
  const schemas = new Map<string, z.ZodType>(Object.entries(NOUNS));
  for (const { name, schema } of frames) schemas.set(name, schema);

  const messageOf = (frame: Frame): JsonSchema => ({
    name: frame.name,
    summary: frame.about,
    payload: refTo(frame.name),
    ...(EVENT_FRAMES.includes(frame) ? {} : { correlationId: { location: "$message.payload#/id" } }),
  });
  const channel = { $ref: CHANNEL };
  const commands = COMMANDS.map(({ type, command, reply }) => [
    type,
    {
      action: "receive",
      channel,
      summary: command.about,
      messages: [messageRef(command)],
      reply: { channel, messages: [messageRef(reply), messageRef(ERROR_FRAME)] },
    },
  ]);
  const events = EVENT_FRAMES.map((frame) => [
    frame.name,
    { action: "send", channel, summary: frame.about, messages: [messageRef(frame)] },
  ]);
  const subprotocol = { "Sec-WebSocket-Protocol": { type: "string", const: PROTOCOL } };
  return {
    asyncapi: "3.0.0",
    info: { title: `Kabar: ${PROTOCOL}`, version, description: DESCRIPTION, license: LICENSE },
    defaultContentType: "application/json",
    servers: { kabar: serverOf(config) },
    channels: {
      session: {
        address: "/websocket",
        messages: Object.fromEntries(
          [...frames].map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: "GET",
            headers: { type: "object", properties: subprotocol, required: Object.keys(subprotocol) },
            bindingVersion: "0.1.0",
          },
        },
      },
    },
    operations: Object.fromEntries([...commands, ...events]),
    components: {
      messages: Object.fromEntries(frames.map((frame) => [frame.name, messageOf(frame)])),
      schemas: toComponents(schemas),
    },
  };
}
