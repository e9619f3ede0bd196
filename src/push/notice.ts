/**
 * Notices: what a push message says to the service worker of a page (widget/push-worker), as JSON. Built from a message, or
 * without its text where the operator wants none to leave the server.
 */
import type { StoredBody } from "../log/message-body.ts";
import { withTitleAndLink } from "../message-fields.ts";
import { presentFields } from "../optional-fields.ts";
import type { Device } from "./device.ts";

/** Characters of a text and a title: a notification shows two or three lines. */
const MAX_TEXT = 240;
const MAX_TITLE = 80;

/** What the service worker receives. */
export interface Notice {
  /** Notifications with the same tag replace each other. */
  tag: string;
  /** The page to open. */
  url?: string;
  /** Absent: the worker says in `language` that there is a new message. */
  title?: string;
  body?: string;
  language?: string;
  /** Messages since the last notice. */
  count?: number;
  /** The time of the message, in milliseconds since 1970. */
  at?: number;
  /** The notification with this tag is to disappear: its messages are read. */
  close?: true;
}

/** The first characters of a text; never half of one. */
function cut(text: string, max: number): string {
  const characters = Array.from(text.slice(0, 2 * max + 2));
  return characters.length > max ? `${characters.slice(0, max - 1).join("")}…` : text;
}

/** The tag of a topic's notification. */
export const tagOf = (topic: string): string => `kabar-${topic}`;

/** The notice of new messages, of which `body` is the newest. `name` is the topic in words; undefined says nothing of the message. */
export function noticeOf(
  { topics, language }: Device,
  {
    topic,
    body,
    count,
    at,
    name,
  }: { topic: string; body: StoredBody; count: number; at: number; name?: string },
): Notice {
  const words =
    name === undefined
      ? {}
      : {
          title: cut(name, MAX_TITLE),
          body: cut(`${body.user.name}: ${withTitleAndLink(body.text, body)}`, MAX_TEXT),
        };
  return { tag: tagOf(topic), count, at, ...presentFields({ url: topics[topic]?.page, language }), ...words };
}
