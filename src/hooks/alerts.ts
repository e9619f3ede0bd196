/**
 * Alerts for the owner: somebody writes while no moderator is in the topic. Each is an event of the feed beside the message's own, at
 * most one for a topic in a while. The writer of the feed asks for every entry, so the node that writes decides.
 */
import { CONTROL_TOPIC } from "../log/control-changes.ts";
import type { Entry } from "../log/log.ts";
import { decodeBody } from "../log/message-body.ts";
import { dropOldest } from "../oldest.ts";
import { type FeedReference, referencesTo } from "./feed-log.ts";

/** Older entries, which a node reads that begins to write, are no news. */
const FRESH_MS = 60_000;
/** Topics whose last alert is remembered. */
const MAX_REMEMBERED = 10_000;

export interface AlertsParts {
  /** Whether a moderator is in a topic. */
  hasModerator: (topic: string) => boolean;
  /** Milliseconds between two alerts of a topic. */
  pauseMs: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Whether an entry of a topic is a message that a visitor wrote and others see. */
function isFromVisitor({ body }: Entry): boolean {
  const { kind, removed, hidden, user } = decodeBody(body);
  return !kind && !removed && !hidden && (user.role === "guest" || user.role === "user");
}

/** Creates the function that returns an entry's alert: none or one. */
export function createAlerts({ hasModerator, pauseMs, now = Date.now }: AlertsParts) {
  /** The time of the last alert, by topic, oldest first. */
  const alerted = new Map<string, number>();

  function isPaused(topic: string, at: number): boolean {
    const last = alerted.get(topic);
    return last !== undefined && Math.abs(at - last) < pauseMs;
  }

  return (entry: Entry): FeedReference[] => {
    const at = now();
    if (Math.abs(at - entry.at) > FRESH_MS) return [];
    const isChange = entry.topic === CONTROL_TOPIC;
    if (!isChange && (entry.topic.startsWith("$") || isPaused(entry.topic, at))) return [];
    const [own] = referencesTo(entry).filter(({ kind }) => kind === (isChange ? "held" : "message"));
    if (!own || isPaused(own.topic, at) || hasModerator(own.topic)) return [];
    if (!isChange && !isFromVisitor(entry)) return [];
    alerted.delete(own.topic);
    alerted.set(own.topic, at);
    dropOldest(alerted, MAX_REMEMBERED);
    return [{ ...own, kind: "alert" }];
  };
}
