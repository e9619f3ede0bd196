/**
 * Contract between the element, which loads first, and the chat, which loads into it. Types only.
 * The two are separate files in a page and share nothing else.
 */
import type { Message, User } from "../../src/model.ts";
import type { Sent } from "../client/outbox.ts";
import type { Connection } from "../client/state.ts";
import type { Claims } from "../client/page-hooks.ts";
import type { By, Emit } from "./element-events.ts";

/** What the chat needs of its element. */
export interface Host extends HTMLElement {
  readonly topic: string;
  readonly opened: boolean;
  /** Made by a script tag and nobody's else. */
  readonly isScripts_?: boolean;
  open(by?: By): void;
  close(by?: By): void;
}

/** What the element needs from the script that defines it. */
export interface Home {
  /** Where the script came from: the server, unless the element names another. */
  server: string;
  /** Loads the chat itself. */
  loadCore_(): Promise<Core>;
}

/** The chunk that holds the chat. */
export interface Core {
  mount(shell: Shell): Promise<Mounted>;
}

/** What the element hands over. */
export interface Shell {
  host: Host;
  /** Where to draw. */
  root: HTMLElement;
  /** Opens and closes a panel; hidden on others. */
  launcher: HTMLElement;
  server: string;
  draft_: string;
  /** Dispatches an event on the host; false when a listener prevented it. */
  emit: Emit;
  setState(name: string, isOn: boolean): void;
}

/** What the element can do with a chat that is there. */
export interface Mounted {
  readonly unread: number;
  readonly connection: Connection;
  readonly me: User | undefined;
  readonly messages: readonly Message[];
  /** Attributes have changed. */
  update(): void;
  /** The element was moved in the page. */
  resume(): void;
  focusOnOpen_(): void;
  focusComposer(): void;
  send(text: string): Promise<Sent>;
  setDraft(text: string): void;
  mute(ms: number): void;
  markRead(): void;
  loadOlder(): Promise<void>;
  scrollToLatest(): void;
  identify(claims?: Claims): Promise<void>;
  signOut(options?: { forget?: boolean }): Promise<void>;
  /** Ends it; returns what had been written and not sent. */
  unmount_(): string;
}
