/**
 * The typing users of one topic. A mark expires after a few seconds unless it is repeated. Sends nothing and starts no timer:
 * presence does, and passes the time in.
 */
import type { User } from "../model.ts";

/** A mark expires after this time. */
const TYPING_MS = 4000;
/** Most users in a typing event: more names do not fit a line. */
const MAX_TYPING = 5;

export class TypingUsers {
  readonly #marks = new Map<string, { user: User; untilMs: number }>();
  /** Users of the last typing event, as one string of ids. */
  #sentIds = "";

  /** Marks a user as typing from `nowMs` on, or prolongs the mark. */
  mark(user: User, nowMs: number): void {
    this.#marks.set(user.id, { user, untilMs: nowMs + TYPING_MS });
  }

  /** Removes a user's mark. Returns false when there was none. */
  clear(userId: string): boolean {
    return this.#marks.delete(userId);
  }

  get isEmpty(): boolean {
    return this.#marks.size === 0;
  }

  /** Removes expired marks. Returns the users for the next typing event; undefined when they are those of the last event. */
  takeChange(nowMs: number): User[] | undefined {
    for (const [id, { untilMs }] of this.#marks) if (untilMs <= nowMs) this.#marks.delete(id);
    const users = [...this.#marks.values()].slice(0, MAX_TYPING).map(({ user }) => user);
    const ids = users.map(({ id }) => id).join(" ");
    if (ids === this.#sentIds) return undefined;
    this.#sentIds = ids;
    return users;
  }
}
