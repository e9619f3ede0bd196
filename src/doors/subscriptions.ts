/**
 * All subscriptions of one session: begins and ends them, and applies changes of rules, rights and the user to each.
 * Keeps to the number of topics that a session may subscribe to.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Chat } from "../chat/chat.ts";
import type { Subscription } from "../chat/reading.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { SessionSubscription, type SessionSubscriptionParts } from "./subscription.ts";
import type { Logger } from "../logger.ts";
import type { People } from "../model.ts";
import type { CommandFields, ServerEvent } from "../protocol.ts";
import { NO_RIGHTS, sameRights } from "../rights.ts";
import type { Visibility } from "../chat/visibility.ts";
import type { SocketWriter } from "./peer.ts";

export interface SessionSubscriptionsParts extends SessionSubscriptionParts {
  config: Config;
  chat: Chat;
  auth: Auth;
  logger: Logger;
  visibility: Visibility;
}

/** The reply to `subscribe`, and the function that starts the messages after that reply is sent. */
export interface BegunSubscription {
  result: Omit<Subscription, "active"> & { topic: string; people?: People };
  /** Sends missed messages, then live ones. Rejects when the log can't be read. */
  start: () => Promise<void>;
}

export class SessionSubscriptions {
  readonly #parts: SessionSubscriptionsParts;
  readonly #byTopic = new Map<string, SessionSubscription>();
  /** The session's newest identity: it may change while a subscription begins. */
  #who: Identity | undefined;

  constructor(parts: SessionSubscriptionsParts) {
    this.#parts = parts;
  }

  /** Whether the session is subscribed to the topic, or about to be. */
  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  topics(): string[] {
    return [...this.#byTopic.keys()];
  }

  /** Throws `not-subscribed` unless the session is subscribed to the topic. */
  require(topic: string): void {
    if (!this.#byTopic.has(topic)) throw new KabarError("not-subscribed");
  }

  /**
   * Begins a subscription for a session. Resolves to undefined when the session has ended meanwhile. Throws
   * `already-subscribed`, `too-many-topics`, and what chat throws.
   */
  async begin(
    who: Identity,
    writer: SocketWriter,
    session: string,
    { topic, cursor, last, people }: CommandFields["subscribe"],
  ): Promise<BegunSubscription | undefined> {
    const { chat, config, visibility } = this.#parts;
    if (this.#byTopic.has(topic)) throw new KabarError("already-subscribed");
    if (this.#byTopic.size >= config.maxTopicsPerSession) throw new KabarError("too-many-topics");
    const subscription = new SessionSubscription(this.#parts, writer, topic);
    this.#byTopic.set(topic, subscription);
    this.#who = who;
    let plan: Subscription;
    try {
      plan = await chat.subscribe(who, topic, { from: cursor, last, session });
    } catch (error) {
      this.#byTopic.delete(topic);
      throw error;
    }
    if (!subscription.adopt(plan)) return undefined;
    const present = this.#who;
    subscription.serveAs(chat.audienceOf(present, topic));
    subscription.wantsPeople = people === true;
    const listed = plan.can.people
      ? subscription.joinPeople(visibility.appearanceOf(present, topic))
      : undefined;
    const { active: _, ...result } = plan;
    return {
      result: { topic, ...result, ...(listed ? { people: listed } : {}) },
      start: () => this.#start(subscription, plan.cursor.offset),
    };
  }

  /** Ends the subscription to a topic. */
  end(topic: string): void {
    this.#byTopic.get(topic)?.end();
    this.#byTopic.delete(topic);
  }

  /** Ends all subscriptions. */
  endAll(): void {
    for (const topic of [...this.#byTopic.keys()]) this.end(topic);
  }

  /**
   * Applies the user's present rights to each topic and sends the changed ones. Ends a subscription without the right to read.
   * A subscription that has not started is reviewed when it starts, after its reply.
   */
  reviewRights(who: Identity, sendEvent: (event: ServerEvent) => void): void {
    this.#who = who;
    for (const subscription of this.#byTopic.values())
      subscription.review(() => this.#review(subscription, who, sendEvent));
  }

  #review(subscription: SessionSubscription, who: Identity, sendEvent: (event: ServerEvent) => void): void {
    const { auth, chat, visibility } = this.#parts;
    const { can, topic } = subscription;
    const now = auth.rightsIn(who, topic) ?? NO_RIGHTS;
    if (!sameRights(now, can)) sendEvent({ type: "rights", topic, can: now });
    subscription.can = now;
    if (now.read) subscription.serveAs(chat.audienceOf(who, topic));
    else if (can.read) this.end(topic);
    if (!now.people) subscription.leavePeople();
    else if (now.read)
      subscription.changeAppearance(visibility.appearanceOf(who, topic, subscription.listedUser), sendEvent);
  }

  /** Shows the session's user under a new name or as another user wherever people are listed. */
  changeUser(who: Identity): void {
    this.#who = who;
    const { visibility } = this.#parts;
    for (const [topic, subscription] of this.#byTopic)
      if (subscription.isWatchingPeople)
        subscription.changeAppearance(visibility.appearanceOf(who, topic, subscription.listedUser));
  }

  async #start(subscription: SessionSubscription, after: number): Promise<void> {
    try {
      await subscription.start(after);
    } catch (err) {
      this.#parts.logger.error({ err, topic: subscription.topic }, "replaying a topic to a session failed");
      throw err;
    }
  }
}
