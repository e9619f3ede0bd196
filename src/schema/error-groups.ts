/** Errors that kinds of requests have in common. */
import type { ErrorCode } from "../protocol.ts";

/** What every request about a topic can be refused for. */
export const ABOUT_TOPIC: readonly ErrorCode[] = ["bad-topic", "topic-unknown", "forbidden", "origin-denied"];
/** A request about a topic with a query. */
export const WITH_QUERY: readonly ErrorCode[] = [...ABOUT_TOPIC, "bad-request", "rate-limited"];
/** A request that changes something in a topic. */
export const CHANGING: readonly ErrorCode[] = [
  ...WITH_QUERY,
  "bad-json",
  "too-large",
  "unsupported-type",
  "log-unavailable",
  "shutting-down",
];
/** A message. */
export const PUBLISHING: readonly ErrorCode[] = [
  ...CHANGING,
  "bad-name",
  "name-taken",
  "bad-message-id",
  "message-id-conflict",
  "message-unknown",
  "gate-required",
  "banned",
  "muted",
  "slow-mode",
  "read-only",
  "emoji-only",
  "text-blocked",
  "text-empty",
  "text-too-long",
  "too-many-topics",
];
