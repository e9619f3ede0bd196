/**
 * Events of `<kabar-chat>`: the type of each `detail`, for the code that dispatches and for pages that listen.
 * Types only. All events bubble through shadow roots. docs/WIDGET.md and docs/custom-elements.json list these names; a test
 * compares them. Sentences here go into the manifest.
 */
import type { Message, User } from "../../src/model.ts";
import type { Connection } from "../client/client-events.ts";

/** The origin of a request: a press, a call of a method, a key. */
export type By = "user" | "api" | "keyboard";

/** What changed about a message. */
interface ChangedMessage {
  id: string | undefined;
  topic: string;
  offset: number | undefined;
}

/** By the event's name, its `detail`. */
export interface KabarEvents {
  /** The chat is drawn. */
  "kabar-ready": { version: string; topic: string };
  /** The panel is about to open; cancelable. */
  "kabar-open": { by: By };
  /** The panel is about to close; cancelable. */
  "kabar-close": { by: By };
  /** A message is about to be sent; cancelable, and `text` may be changed. */
  "kabar-before-send": { text: string; replyTo: number | null };
  /** The server has stored a message of this user. */
  "kabar-sent": { id: string; clientId: string; offset: number };
  /** A message was refused; `reason` is an error code. */
  "kabar-send-failed": { clientId: string; reason: string; retryable: boolean };
  /** A message arrived; `historical`: it was there before this visit. */
  "kabar-message": {
    id: string;
    topic: string;
    offset: number;
    author: string;
    text: string;
    /** Milliseconds since 1970. */
    at: number;
    mine: boolean;
    historical: boolean;
  };
  /** A message was edited, pinned or unpinned, or its reactions changed. */
  "kabar-message-changed": ChangedMessage & {
    kind: Message["kind"];
    text: string | undefined;
    reactions: Message["reactions"];
  };
  /** A message was removed. */
  "kabar-message-removed": ChangedMessage & { by: Message["removed"] };
  /** The number of unread messages changed. */
  "kabar-unread": { topic: string; count: number; mentions: number };
  /** A toast or a notification of the system is about to show; cancelable. */
  "kabar-notify": { title: string; body: string; url: string };
  /** The connection changed; `retryInMs`: the time until the next attempt. */
  "kabar-connection": { state: Connection; retryInMs: number | undefined };
  /** The user is now another one, or has another name. */
  "kabar-identity": { me: User };
  /** The user follows a link in a message; cancelable. */
  "kabar-link": { href: string };
  /** The element is about to remove itself for good. */
  "kabar-destroy": object;
  /** Something failed; `hint` tells the site's owner what to change. */
  "kabar-error": { code: string; message: string; hint?: string };
}

/** Dispatches an event on the element; false when a listener prevented it. */
export type Emit = <K extends keyof KabarEvents>(
  name: K,
  detail: KabarEvents[K],
  cancelable?: boolean,
) => boolean;

/** The events as `addEventListener` types them. */
type KabarEventMap = { [K in keyof KabarEvents]: CustomEvent<KabarEvents[K]> };

declare global {
  interface HTMLElementEventMap extends KabarEventMap {}
  interface DocumentEventMap extends KabarEventMap {}
}
