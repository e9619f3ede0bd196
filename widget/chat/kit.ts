/**
 * The contract between the chat and what is loaded after its first list (extras.ts). Types only: the two are separate files
 * in a page, so the chat hands over what both need, Preact's `h` first of all.
 */
import type { ComponentChildren, h } from "preact";
import type { Message, User } from "../../src/model.ts";
import type { CommandFields, CommandResults, CommandType } from "../../src/protocol.ts";
import type { Client } from "../client/client.ts";
import type { MessageRow } from "./rows.ts";
import type { Shell } from "../loader/contract.ts";
import type { State, TopicState } from "../client/state.ts";
import type { Strings } from "../words/list-words.ts";
import type { Unsent } from "../client/storage.ts";
import type { Times } from "./dates.ts";
import type { Wear } from "./wear.ts";
import type { Words } from "../words/later-words.ts";

/** The list, for those who want to hold it still. */
export interface Reading {
  /** With a stretch it does not follow what comes. */
  readonly state: { readonly span_: unknown };
  hold(): void;
  toLatest_(): void;
}

/** What the chat hands over. */
export interface Tools extends Omit<Shell, "draft_"> {
  h: typeof h;
  /** Adopts a style sheet in the chat's shadow root. */
  wear: Wear;
  client: Client;
  /** A translation brings the words of what is loaded later along. */
  strings_: Strings & { words?: Words };
  times_: Times;
  state(): State;
  /** The topic shown now. */
  topic(): TopicState | undefined;
  command_<T extends CommandType>(type: T, fields: CommandFields[T]): Promise<CommandResults[T]>;
  /** Makes a message id. */
  makeId(): string;
  /** Shows another topic. */
  show(topic: string): void;
  /** Says something above the composer. */
  tell_(text: string): void;
  /** Draws everything again. */
  refresh_(): void;
  /** Draws what stands around the list again, and of the list only rows that have changed. */
  redraw_(): void;
  /** The list, once it is drawn. */
  timeline_(): Reading | null;
  onLink_(href: string, event: Event): void;
  focusComposer(): void;
  draft_(): string;
  setDraft(text: string): void;
  /** Puts a text in place of a stretch of the draft, as if it were typed, and gives the field the focus. */
  insert(text: string, from: number, to: number): void;
  /** The live region for new messages. */
  log(): HTMLElement | null;
  /** What the chat is called. */
  title(): string;
}

/** What each part of it gets: the same, and the words of the visitor's language. */
export interface Kit extends Tools {
  words: Words;
  /** What moderators get besides, once it is there. */
  staff(): Staff | undefined;
}

/** What moderators get besides (moderate.ts). */
export interface Staff {
  /** The button of the desk, in the header, with the layer that it opens. */
  drawButton(topic: TopicState): ComponentChildren;
  /** What may be done with a message and its author; `done` is called when something was chosen. */
  drawMenu(message: Message, done: () => void): ComponentChildren;
  /** The same for somebody on the list of members. */
  drawMember(user: User): ComponentChildren;
  /** What was just done, and the way back. */
  drawUndo(): ComponentChildren;
  /** Another menu is open. */
  reset(): void;
  stop_(): void;
}

/** What the chat may ask of it. */
export interface Extras {
  /** In the visitor's language. */
  readonly words: Words;
  /** A word for the row's class and part. */
  markOf_(row: MessageRow): string | undefined;
  /** Quote, text, reactions and actions. */
  drawBody_(row: MessageRow, active: boolean): ComponentChildren;
  onRowKey_(event: KeyboardEvent, row: MessageRow): void;
  /** Why the visitor may not write just now. */
  barred_(topic: TopicState): string | undefined;
  /** What the header holds besides the title: people, the menu. */
  drawHeader_(topic: TopicState): ComponentChildren;
  drawTyping_(topic: TopicState): ComponentChildren;
  /** What stands over the composer: what is answered or edited, slow mode. */
  drawMode_(topic: TopicState): ComponentChildren;
  /** The strip under the header. */
  drawPins_(topic: TopicState): ComponentChildren;
  /** What stands in the composer beside the field, and opens over it. */
  drawTools_(topic: TopicState): ComponentChildren;
  onKey_(event: KeyboardEvent): boolean;
  /** The draft changed. */
  typed_(text: string): void;
  /** True when the text was an edit and is on its way; otherwise what goes along with the message. */
  submit_(text: string): true | Unsent["more"];
  /** Whether what the server has just changed is to be drawn now; otherwise it asks for the drawing later. */
  mayDraw_(): boolean;
  /** What the button over the list says while a crowd is held still, with so many waiting. */
  paused(waiting: number): string | undefined;
  /** A message of somebody else came and is to be read out. */
  announce_(message: Message): void;
  /** How many unread messages address the visitor. */
  countMentions(): number;
  /** No sound, no notification, nothing read out for this long. */
  mute(ms: number): void;
  stop_(): void;
}
