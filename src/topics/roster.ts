/**
 * The roster of one topic: its present users with their numbers of sessions, and the changes since the last `people` event.
 * Counts shadow-banned users apart, because other users must not see them. Sends nothing and knows no clock: presence does.
 */
import type { PeopleEvent } from "../protocol.ts";
import type { People, User } from "../model.ts";

/** Topics with more users than this receive the count only. */
export const MAX_LISTED = 100;

/** The contents of a `people` event. */
export type PeopleChange = Omit<PeopleEvent, "type" | "topic">;

/** 1 for a moderator or the operator, else 0. */
const isModerator = ({ role }: User): number => (role === "moderator" || role === "operator" ? 1 : 0);

export class Roster {
  readonly #users = new Map<string, { user: User; sessions: number }>();
  /** Session counts of shadow-banned users. */
  readonly #shadowSessions = new Map<string, number>();
  /** Counts of users on other nodes that tell their count only. */
  readonly #elsewhere = new Map<string, number>();
  #moderators = 0;
  #hasNewCount = false;
  /** Ids of users who joined, or changed their name, since the last change was taken. */
  readonly #joined = new Set<string>();
  /** Ids of users who left since the last change was taken. */
  readonly #left = new Set<string>();

  /** Adds a session of a user. Returns true when it is the user's first one. */
  join(user: User): boolean {
    const present = this.#users.get(user.id);
    if (present) {
      present.sessions += 1;
      return false;
    }
    this.#users.set(user.id, { user, sessions: 1 });
    this.#moderators += isModerator(user);
    this.#joined.add(user.id);
    return true;
  }

  /** Removes a session of a user. Returns true when it was the user's last one. */
  leave(userId: string): boolean {
    const present = this.#users.get(userId);
    if (!present) return false;
    present.sessions -= 1;
    if (present.sessions > 0) return false;
    this.#users.delete(userId);
    this.#moderators -= isModerator(present.user);
    this.#joined.delete(userId);
    this.#left.add(userId);
    return true;
  }

  /** Updates the name of a present user. Returns false for an absent user. */
  rename(user: User): boolean {
    const present = this.#users.get(user.id);
    if (!present) return false;
    this.#moderators += isModerator(user) - isModerator(present.user);
    present.user = user;
    this.#joined.add(user.id);
    return true;
  }

  /** Adds a session of a shadow-banned user. */
  addShadowed(userId: string): void {
    this.#shadowSessions.set(userId, (this.#shadowSessions.get(userId) ?? 0) + 1);
  }

  /** Removes a session of a shadow-banned user. */
  removeShadowed(userId: string): void {
    const sessions = (this.#shadowSessions.get(userId) ?? 0) - 1;
    if (sessions > 0) this.#shadowSessions.set(userId, sessions);
    else this.#shadowSessions.delete(userId);
  }

  /** Sets the number of users on another node that tells its count only; 0 when it lists its users. Returns whether it changed. */
  setElsewhere(node: string, count: number): boolean {
    if ((this.#elsewhere.get(node) ?? 0) === count) return false;
    if (count === 0) this.#elsewhere.delete(node);
    else this.#elsewhere.set(node, count);
    this.#hasNewCount = true;
    return true;
  }

  /** A listed user; undefined for an absent or a shadow-banned user. */
  userOf(userId: string): User | undefined {
    return this.#users.get(userId)?.user;
  }

  /** The ids of the shadow-banned users with a session. */
  shadowedIds(): Iterable<string> {
    return this.#shadowSessions.keys();
  }

  get #count(): number {
    let count = this.#users.size;
    for (const elsewhere of this.#elsewhere.values()) count += elsewhere;
    return count;
  }

  /** Whether the topic has too many users to list them. */
  get isLarge(): boolean {
    return this.#count > MAX_LISTED;
  }

  /** Whether a moderator is among the listed users. */
  get hasModerator(): boolean {
    return this.#moderators > 0;
  }

  get isEmpty(): boolean {
    return this.#users.size + this.#shadowSessions.size + this.#elsewhere.size === 0;
  }

  /** The listed users; of a large topic the count only. */
  people(): People {
    const count = this.#count;
    return this.isLarge ? { count } : { count, users: [...this.#users.values()].map(({ user }) => user) };
  }

  /** The changes since the last call, for the next `people` event; undefined when there are none. */
  takeChange(): PeopleChange | undefined {
    if (this.#joined.size === 0 && this.#left.size === 0 && !this.#hasNewCount) return undefined;
    this.#hasNewCount = false;
    const change: PeopleChange = { count: this.#count };
    if (!this.isLarge) {
      const joined = [...this.#joined].flatMap((id) => this.userOf(id) ?? []);
      const left = [...this.#left].filter((id) => !this.#users.has(id));
      if (joined.length > 0) change.joined = joined;
      if (left.length > 0) change.left = left;
    }
    this.#joined.clear();
    this.#left.clear();
    return change;
  }
}

/** A change as a shadow-banned user receives it: the user counts as present and never as gone. */
export function changeForShadowed(change: PeopleChange, userId: string): PeopleChange {
  const left = change.left?.filter((id) => id !== userId);
  return { ...change, count: change.count + 1, ...(left ? { left } : {}) };
}
