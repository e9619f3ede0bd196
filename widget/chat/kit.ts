/**
 * Contract between the chat and the chunks that are loaded after its first list. Types only: a chunk shares no code with the
 * core, so the chat passes everything that both need, Preact's `h` first of all.
 */
import type { ComponentChildren, h } from "preact";
import type { Message, User } from "../../src/model.ts";
import type { CommandFields, CommandResults, CommandType } from "../../src/protocol.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "../client/clock.ts";
import type { MessageRow, Row } from "./rows.ts";
import type { Shell } from "../loader/contract.ts";
import type { State, TopicState } from "../client/state.ts";
import type { Strings } from "../words/list-words.ts";
import type { Unsent } from "../client/storage.ts";
import type { Times } from "./dates.ts";
import type { Wear } from "./wear.ts";
import type { Words } from "../words/later-words.ts";

/** The list's position, for parts that hold it still. */
export interface ListPosition {
  /** With a span, the list does not follow new messages. */
  readonly state: { readonly span_: unknown };
  /** For printing every message is mounted; a row under the pointer shows its toolbar. */
  setState(state: { span_?: undefined; isPrinted: boolean } | { nearKey_: string | undefined }): void;
  hold(): void;
  toLatest_(): void;
  /** Returns the row that holds an element. */
  rowAt_(at: Element | null): Row | undefined;
}

/** What the chat passes to `createExtras`. */
export interface Tools extends Omit<Shell, "draft_"> {
  h: typeof h;
  /** Adopts a style sheet in the chat's shadow root. */
  wear: Wear;
  client: Client;
  /** A translation brings the words of the later chunks along. */
  strings_: Strings & { words?: Words };
  times_: Times;
  state(): State;
  /** The topic that is shown. */
  topic(): TopicState | undefined;
  command_<T extends CommandType>(type: T, fields: CommandFields[T]): Promise<CommandResults[T]>;
  /** The machine's clock. */
  clock_: Clock;
  /** Creates a message id. */
  makeId(): string;
  /** Shows another topic. */
  show(topic: string): void;
  /** Shows a sentence above the composer for some seconds, and announces it to screen readers. */
  showNotice_(text: string): void;
  /** Draws everything again, each row included. */
  refresh_(): void;
  /** Draws the chat again; of the list, only rows that have changed. */
  redraw_(): void;
  /** The list, once it is drawn. */
  timeline_(): ListPosition | null;
  onLink_(href: string, event: Event): void;
  focusComposer(): void;
  draft_(): string;
  setDraft(text: string): void;
  /** The live region for new messages. */
  log(): HTMLElement | null;
  /** The chat's title. */
  title(): string;
  /** An author's one or two letters, and their hue in degrees (author.ts). */
  initials_(name: string): string;
  hueOf_(userId: string): number;
}

/** What the parts of the later chunks receive. */
export interface Kit extends Tools {
  /** The words of the user's language. */
  words: Words;
  /** Shows above the composer why a command failed. */
  showFailure_(error: Error): void;
  /** Replaces a range of the draft as if the text were typed, and focuses the field. */
  insert(text: string, from: number, to: number): void;
  /** The parts for moderators, once their chunk is loaded. */
  moderation(): ModerationParts | undefined;
}

/** The parts for moderators, from the chunk `moderation`. */
export interface ModerationParts {
  /** The desk's button in the header, with the layer that it opens. */
  drawButton(topic: TopicState): ComponentChildren;
  /** The actions on a message and its author; `done` is called after one was chosen. */
  drawMenu(message: Message, done: () => void): ComponentChildren;
  /** The same for a user in the list of members. */
  drawMember(user: User): ComponentChildren;
  /** The line that undoes the last action. */
  drawUndo(): ComponentChildren;
  /** Forgets input that was not sent, because another menu has opened. */
  reset(): void;
  stop_(): void;
}

/** What the chat calls of the chunk `extras`. */
export interface Extras {
  /** The words of the user's language. */
  readonly words: Words;
  /** An additional class and part of a row. */
  rowClass_(row: MessageRow): string | undefined;
  /** Whether a row looks other than it does without this chunk, as long as neither pointer nor keyboard is on it. */
  changes_(row: Row): boolean;
  /**
   * What stands over a text, the text, and what stands under it, in this order: the element of the text is the second, as it is without
   * this chunk, and stays in the page. `active`: the pointer or the keyboard is on the row.
   */
  drawBody_(row: MessageRow, active: boolean): ComponentChildren[];
  /** Adds messages that are not in the log to the rows of the list. */
  weave_(rows: Row[]): Row[];
  onListKey_(event: KeyboardEvent): void;
  /** The reason why the user cannot write now. */
  closedReason_(topic: TopicState): string | undefined;
  /** The header's contents beside the title: tabs, people, the buttons of desk and menu. */
  drawHeader_(topic: TopicState): ComponentChildren;
  /** What lies in the room between the list and the composer: undo, typing, the emoji picker, alerts. */
  drawTyping_(topic: TopicState): ComponentChildren;
  /** The lines above the composer: the name form, reply, edit, the topic's modes. */
  drawMode_(topic: TopicState): ComponentChildren;
  /** The user's avatar in the composer. */
  drawFace_(): ComponentChildren;
  /** The glyph of a guest's animal or plant, in place of the initials. */
  glyph_(row: MessageRow): ComponentChildren;
  /** The strip under the header. */
  drawPins_(topic: TopicState): ComponentChildren;
  /** The composer's contents beside the field, and the list of mentions over it. */
  drawTools_(topic: TopicState): ComponentChildren;
  /** Handles a key of the field; returns whether it was used. */
  onKey_(event: KeyboardEvent): boolean;
  /** Replaces the draft as if the text were typed, if the field has the focus; returns whether it has. */
  type_(text: string): boolean;
  /** Called after the draft has changed. */
  onDraft_(text: string): void;
  /** Takes the text: true if it was an edit, otherwise the fields that the message is sent with. */
  submit_(text: string): true | Unsent["more"];
  /** Returns whether a change may be drawn now; otherwise the extras ask for the drawing later. */
  mayDraw_(): boolean;
  /** The label of the button over a paused list; nothing if the list is not paused. */
  pausedLabel_(waiting: number): string | undefined;
  /** Announces a message of another user to screen readers. */
  announce_(message: Message): void;
  /** Counts the unread messages that mention the user. */
  countMentions(): number;
  /** Stops sounds, notifications and announcements for a time. */
  mute(ms: number): void;
  stop_(): void;
}
