/** Events of the feed, as its readers and webhooks receive them: read from the log by the references of the feed's topic. */
import { CONTROL_TOPIC, readChange } from "../log/control-changes.ts";
import { type Entry, entryAt, type MessageLog } from "../log/log.ts";
import { decodeBody } from "../log/message-body.ts";
import { presentFields } from "../optional-fields.ts";
import { encodeFor, MODERATOR_AUDIENCE } from "../topics/audience.ts";
import { type FeedKind, type FeedReference, partsOfKey, readReference } from "./feed-log.ts";

/** An event. `data` depends on the type; docs/HOOKS.md lists it. */
export interface FeedEvent {
  /** The same whenever the event is sent again. */
  id: string;
  type: FeedKind | "test";
  topic: string;
  /** When it happened (ISO 8601, UTC). */
  timestamp: string;
  data: Record<string, unknown>;
}

/** An event at its place in the feed. */
export interface PlacedEvent {
  offset: number;
  tag: string;
  event: FeedEvent;
}

/** The data of an act of moderation, a held message or a report, from its change of the control topic. */
function dataOfChange(kind: FeedKind, entry: Entry): Record<string, unknown> {
  const { key, value, by, why, at } = readChange(entry).change;
  const { kind: what, topic, rest } = partsOfKey(key);
  const fields = (typeof value === "object" && !Array.isArray(value) ? value : { value }) as object | null;
  const { proof: _, address: __, of: ___, ...shown } = { ...fields } as Record<string, unknown>;
  if (kind === "held" || kind === "alert") return { topic, ...shown };
  const cause = { by, at, ...(why === undefined ? {} : { why }) };
  if (kind === "reported") return { topic, target: Number(rest.split(" ")[0]), ...shown, ...cause };
  const user = rest === "" ? {} : { user: rest };
  // An act carries its own name; other changes are named by what they set.
  return { topic, action: what, ...user, ...(value === null ? { ended: true } : {}), ...shown, ...cause };
}

/** The data of a click: the message's id, title and data, and the button as they are now. */
async function dataOfClick(
  log: MessageLog,
  { topic, user, target = 0, action = 0 }: FeedReference,
): Promise<Record<string, unknown>> {
  const click = { topic, target, action, user };
  const entry = await entryAt(log, topic, target);
  if (!entry) return { ...click, gone: true };
  const { actions, title, data, removed } = decodeBody(entry.body);
  if (removed) return { ...click, gone: true };
  const button = actions?.[action];
  const chosen = button?.type === "http" ? { label: button.label, value: button.value } : {};
  return { ...click, ...presentFields({ ...chosen, messageId: entry.id, title, data }) };
}

async function dataOf(log: MessageLog, reference: FeedReference): Promise<Record<string, unknown>> {
  const { kind, topic, user, source, offset } = reference;
  if (kind === "action") return dataOfClick(log, reference);
  if (user) return { topic, user };
  if (kind === "topic") return { topic };
  if (source === undefined || offset === undefined) return { topic };
  const entry = await entryAt(log, source, offset);
  // Retention, or a moderator who cleared the topic, was faster.
  if (!entry || entry.tag !== reference.tag) return { topic, offset, gone: true };
  if (source === CONTROL_TOPIC) return dataOfChange(kind, entry);
  return JSON.parse(encodeFor(entry, MODERATOR_AUDIENCE)) as Record<string, unknown>;
}

/** Reads the event that an entry of the feed's topic points at. */
export async function toEvent(log: MessageLog, entry: Entry): Promise<PlacedEvent> {
  const reference = readReference(entry);
  const { kind, topic, at } = reference;
  const { offset, tag } = entry;
  const event: FeedEvent = {
    id: `evt_${offset}_${tag}`,
    type: kind,
    topic,
    timestamp: new Date(at).toISOString(),
    data: await dataOf(log, reference),
  };
  return { offset, tag, event };
}
