/**
 * Messages as ntfy's subscribers receive them (docs.ntfy.sh/subscribe/api): their JSON, their ids, the forms of the streams, and
 * the filters of a subscription. Pure.
 */
import { cleanAddress } from "../message-fields.ts";
import type { Message } from "../model.ts";
import { isWhole } from "../log/message-body.ts";
import { presentFields } from "../optional-fields.ts";

/** A message or an event of a subscription. Times are in seconds since 1970. */
export interface NtfyEvent {
  id: string;
  time: number;
  expires?: number;
  event: "open" | "keepalive" | "message";
  topic: string;
  title?: string;
  message?: string;
  priority?: number;
  tags?: string[];
  click?: string;
  icon?: string;
  actions?: { id: string; action: "view"; label: string; clear: boolean; url: string }[];
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Characters of an id: ntfy's clients and servers know an id by this number. */
const ID_LENGTH = 12;
/** Ids count milliseconds from 2024 on, in 40 bits: until 2058. */
const ID_EPOCH_MS = 1_704_067_200_000;
/** Bits of the offset, and of the topic's hash. */
const OFFSET_BITS = 24n;
const TOPIC_BITS = 7n;
const ID_PATTERN = /^[A-Za-z0-9]{12}$/;

/** An entry as its id names it; enough to find it again. */
interface Place {
  topic: string;
  offset: number;
  /** In milliseconds since 1970. */
  at: number;
}

const lowBits = (value: number | bigint, bits: bigint): bigint => BigInt.asUintN(Number(bits), BigInt(value));
const hashOf = (topic: string): bigint => lowBits(Bun.hash.wyhash(topic), TOPIC_BITS);

/** The id of a message: its time, the end of its offset, and a hash of its topic, so that `since=` finds it without a table. */
export function ntfyIdOf({ topic, offset, at }: Place): string {
  const since = lowBits(Math.max(0, at - ID_EPOCH_MS), 40n);
  let number = (((since << OFFSET_BITS) | lowBits(offset, OFFSET_BITS)) << TOPIC_BITS) | hashOf(topic);
  let id = "";
  for (let i = 0; i < ID_LENGTH; i++) {
    id = DIGITS.charAt(Number(number % 62n)) + id;
    number /= 62n;
  }
  return id;
}

/** The time in an id, in milliseconds since 1970; undefined for a word that is no id. */
export function timeOfNtfyId(id: string): number | undefined {
  if (!ID_PATTERN.test(id)) return undefined;
  let number = 0n;
  for (const digit of id) number = number * 62n + BigInt(DIGITS.indexOf(digit));
  return Number(number >> (OFFSET_BITS + TOPIC_BITS)) + ID_EPOCH_MS;
}

/** The title of a message that people see with its author's name, where ntfy would show none. */
function titleOf({ title, user }: Message): string | undefined {
  if (title !== undefined || user.role === "service" || user.role === "operator") return title;
  // Guests of an address alone are scripts.
  return user.id.startsWith("a-") ? undefined : user.name;
}

/** The buttons that lead to an address, as ntfy's; clicks of the others are this server's own. */
function actionsOf({ offset, actions = [] }: Message): NtfyEvent["actions"] {
  const views = actions.flatMap((action, i) =>
    action.type === "view"
      ? [
          {
            id: `${offset}-${i}`,
            action: "view" as const,
            label: action.label,
            clear: false,
            url: action.url,
          },
        ]
      : [],
  );
  return views.length > 0 ? views : undefined;
}

/** A message as ntfy's; undefined for what is no message: a change, a removed one, a placeholder, one that still grows. */
export function toNtfy(message: Message): NtfyEvent | undefined {
  const { topic, at, text, expiresAt, priority, tags, link, icon } = message;
  if (!isWhole(message)) return undefined;
  return presentFields({
    id: ntfyIdOf(message),
    time: Math.floor(at / 1000),
    expires: expiresAt === undefined ? undefined : Math.ceil(expiresAt / 1000),
    event: "message" as const,
    topic,
    title: titleOf(message),
    message: text,
    priority,
    tags,
    click: link,
    icon: icon !== undefined && cleanAddress(icon) !== undefined ? icon : undefined,
    actions: actionsOf(message),
  });
}

/** An event without a message, at a time in milliseconds since 1970. */
export const ntfyEvent = (event: "open" | "keepalive", topics: string, at: number): NtfyEvent => ({
  id: ntfyIdOf({ topic: topics, offset: Math.floor(Math.random() * 2 ** 24), at }),
  time: Math.floor(at / 1000),
  event,
  topic: topics,
});

/** A form of a stream: its type, and an event in it. */
export interface NtfyForm {
  contentType: string;
  encode: (event: NtfyEvent) => string;
}

/** The forms of streams over HTTP. */
export const NTFY_FORMS = {
  json: {
    contentType: "application/x-ndjson; charset=utf-8",
    encode: (event) => `${JSON.stringify(event)}\n`,
  },
  sse: {
    contentType: "text/event-stream; charset=utf-8",
    encode: (event) =>
      `${event.event === "message" ? "" : `event: ${event.event}\n`}data: ${JSON.stringify(event)}\n\n`,
  },
  raw: {
    contentType: "text/plain; charset=utf-8",
    encode: ({ event, message = "" }) => `${event === "message" ? message.replaceAll("\n", " ") : ""}\n`,
  },
} satisfies Record<string, NtfyForm>;

/** What a subscriber wants of the messages; empty for all. */
export interface NtfyFilter {
  id: string;
  message: string;
  title: string;
  tags: string[];
  priorities: number[];
}

/** Whether a message passes a filter. */
export function passesFilter(event: NtfyEvent, filter: NtfyFilter): boolean {
  const { id, message, title, tags, priorities } = filter;
  const same = (wanted: string, found: string | undefined) => wanted === "" || wanted === found;
  return (
    same(id, event.id) &&
    same(message, event.message) &&
    same(title, event.title) &&
    (priorities.length === 0 || priorities.includes(event.priority ?? 3)) &&
    tags.every((tag) => event.tags?.includes(tag))
  );
}
