/**
 * The topics that a session follows: taking one up, letting it go, and looking again at what the session may do and as whom
 * it is served when rules, rights or its user change.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Chat } from "../chat/chat.ts";
import type { Subscription } from "../chat/reading.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { Following, type FollowingParts } from "./subscription.ts";
import type { Logger } from "../logger.ts";
import type { People } from "../model.ts";
import type { CommandFields, ServerEvent } from "../protocol.ts";
import { NO_RIGHTS, sameRights } from "../rights.ts";
import type { Visibility } from "../chat/visibility.ts";
import type { Outlet } from "./peer.ts";

export interface FollowingsParts extends FollowingParts {
  config: Config;
  chat: Chat;
  auth: Auth;
  logger: Logger;
  visibility: Visibility;
}

/** What a subscription is answered with, and how it begins once that answer is sent. */
export interface Taken {
  result: Omit<Subscription, "active"> & { topic: string; people?: People };
  /** Sends what was missed, then what comes. Rejects when the topic can't be read any further. */
  begin: () => Promise<void>;
}

export class Followings {
  readonly #parts: FollowingsParts;
  readonly #topics = new Map<string, Following>();

  constructor(parts: FollowingsParts) {
    this.#parts = parts;
  }

  /** Throws `not-subscribed` unless the topic is followed. */
  require(topic: string): void {
    if (!this.#topics.has(topic)) throw new KabarError("not-subscribed");
  }

  /** Takes a topic up for a session; undefined when that ended meanwhile. */
  async take(
    who: Identity,
    outlet: Outlet,
    session: string,
    { topic, cursor, last, people }: CommandFields["subscribe"],
  ): Promise<Taken | undefined> {
    const { chat, config, visibility } = this.#parts;
    if (this.#topics.has(topic)) throw new KabarError("already-subscribed");
    if (this.#topics.size >= config.maxTopicsPerSession) throw new KabarError("too-many-topics");
    const following = new Following(this.#parts, outlet, topic);
    this.#topics.set(topic, following);
    let plan: Subscription;
    try {
      plan = await chat.subscribe(who, topic, { from: cursor, last, session });
    } catch (error) {
      this.#topics.delete(topic);
      throw error;
    }
    if (!following.adopt(plan)) return undefined;
    following.serveAs(chat.audienceOf(who, topic));
    following.wantsPeople = people === true;
    const here = plan.can.people ? following.watchPeople(visibility.appearanceOf(who, topic)) : undefined;
    const { active: _, ...result } = plan;
    return {
      result: { topic, ...result, ...(here ? { people: here } : {}) },
      begin: () => this.#start(following, plan.cursor.offset),
    };
  }

  /** Lets a topic go. */
  drop(topic: string): void {
    this.#topics.get(topic)?.end();
    this.#topics.delete(topic);
  }

  /** Lets all of them go. */
  dropAll(): void {
    for (const topic of [...this.#topics.keys()]) this.drop(topic);
  }

  /** Looks again at what a user may do; `tell` is handed what changed. A topic that may not be read any longer is let go. */
  review(who: Identity, tell: (event: ServerEvent) => void): void {
    const { auth, chat, visibility } = this.#parts;
    for (const [topic, following] of this.#topics) {
      const { can } = following;
      const now = auth.rightsIn(who, topic) ?? NO_RIGHTS;
      if (!sameRights(now, can)) tell({ type: "rights", topic, can: now });
      following.can = now;
      if (now.read) following.serveAs(chat.audienceOf(who, topic));
      else if (can.read) this.drop(topic);
      if (!now.people) following.leavePeople();
      else if (now.read) following.appear(visibility.appearanceOf(who, topic, following.shown), tell);
    }
  }

  /** The session's user is called otherwise, or is somebody else, from now on. */
  changeUser(who: Identity): void {
    const { visibility } = this.#parts;
    for (const [topic, following] of this.#topics)
      if (following.isWatching) following.appear(visibility.appearanceOf(who, topic, following.shown));
  }

  async #start(following: Following, after: number): Promise<void> {
    try {
      await following.start(after);
    } catch (err) {
      this.#parts.logger.error({ err, topic: following.topic }, "replaying a topic to a session failed");
      throw err;
    }
  }
}
