/**
 * Interface of toasts and overlay, which show messages without controls. Types only.
 */
import type { Message } from "../../src/model.ts";

/** Something that shows messages as they come. */
export interface Surface {
  /** Its style sheet. */
  css: string;
  add(message: Message): void;
  /** The message was taken back. */
  remove(offset: number): void;
}
