/**
 * Contract between the element, which loads first, and the chat, which loads into it. Types only.
 * The two are separate files in a page and share nothing else.
 */
import type { Message, User } from "../../src/model.ts";
import type { Claims, Connection, Sent } from "../client/client-events.ts";
import type { WebSocketLike } from "../client/socket.ts";
import type { By, Emit } from "./element-events.ts";

/** The element, as the chat uses it. */
export interface Host extends HTMLElement {
  readonly topic: string;
  readonly opened: boolean;
  /** Created by a script tag. */
  readonly isScripts_?: boolean;
  open(by?: By): void;
  close(by?: By): void;
}

/** The script that defines the element. */
export interface Home {
  /** The server that the script came from; an element may name another. */
  server: string;
  /** Loads the chat. */
  loadCore_(): Promise<Core>;
}

/** The chunk that holds the chat. */
export interface Core {
  mount(shell: Shell): Promise<Mounted>;
}

/** A connection that was opened before the chat was there; without the members of a socket, the lock alone. */
export interface Line extends Partial<WebSocketLike> {
  /** Releases the lock of the leading tab (page/tab-group.ts). */
  free_: () => void;
}

/** By server, the connection; nothing where another tab leads, `false` for users with a token. */
export type Lines = Record<string, Promise<Line | undefined> | false>;

/** The parts of the element that the chat receives. */
export interface Shell {
  host: Host;
  /** The box to draw into. */
  root: HTMLElement;
  /** Opens and closes a panel; hidden on others. */
  launcher: HTMLElement;
  server: string;
  lines_: Lines;
  draft_: string;
  /** Dispatches an event on the host; false when a listener prevented it. */
  emit: Emit;
  setState(name: string, isOn: boolean): void;
}

/** A chat that is drawn into an element. */
export interface Mounted {
  readonly unread: number;
  readonly connection: Connection;
  readonly me: User | undefined;
  readonly messages: readonly Message[];
  /** Attributes have changed. */
  update(): void;
  /** The element was moved in the page. */
  resume(): void;
  /** Moves the focus into the panel that the user has opened. */
  focus(): void;
  focusComposer(): void;
  send(text: string): Promise<Sent>;
  setDraft(text: string): void;
  mute(ms: number): void;
  markRead(): void;
  loadOlder(): Promise<void>;
  scrollToLatest(): void;
  identify(claims?: Claims): Promise<void>;
  signOut(options?: { forget?: boolean }): Promise<void>;
  /** Removes the chat. Returns the text of the composer. */
  remove(): string;
}
