/**
 * A session's subscription to one topic: replay of missed messages, then live ones, and the topic's people where the
 * session asked for them. Can end at any moment and then sends nothing more.
 */
import { type Audience, authorAudience, PUBLIC_AUDIENCE, MODERATOR_AUDIENCE } from "../topics/audience.ts";
import type { Subscription } from "../chat/reading.ts";
import type { Presence } from "../topics/presence.ts";
import type { GapEvent, PeopleEvent } from "../protocol.ts";
import type { People, Rights, User } from "../model.ts";
import { NO_RIGHTS } from "../rights.ts";
import type { SocketWriter } from "./peer.ts";
import type { Appearance } from "../chat/visibility.ts";
import { type ActiveTopic, countLive, nativeTopic } from "../topics/active-topic.ts";
import { eventOf } from "../topics/frames.ts";
import type { RingMessage } from "../topics/ring.ts";
import type { Topics } from "../topics/topics.ts";

export interface SessionSubscriptionParts {
  topics: Topics;
  presence: Presence;
}

export class SessionSubscription {
  readonly topic: string;
  readonly #parts: SessionSubscriptionParts;
  readonly #writer: SocketWriter;
  #active: ActiveTopic | undefined;
  /** The user's rights in the topic, as the session last received them. */
  can: Rights = NO_RIGHTS;
  /** Whether the session asked for the topic's people. */
  wantsPeople = false;
  /** How the session's user appears in the topic, while the session receives its people. */
  #appearance: Appearance | undefined;
  #audience: Audience = PUBLIC_AUDIENCE;
  #live = false;
  #ended = false;
  #started = false;
  /** The newest review of rights that was due before the subscription started. */
  #missedReview: (() => void) | undefined;

  constructor(parts: SessionSubscriptionParts, writer: SocketWriter, topic: string) {
    this.#parts = parts;
    this.#writer = writer;
    this.topic = topic;
  }

  /** Takes over the topic of a plan. Returns false, and releases the topic, when the subscription has ended meanwhile. */
  adopt({ active, can }: Subscription): boolean {
    if (this.#ended) this.#parts.topics.release(active);
    else this.#active = active;
    this.can = can;
    return !this.#ended;
  }

  /** Runs a review of rights: at once, or when the subscription starts. */
  review(run: () => void): void {
    if (this.#started) run();
    else this.#missedReview = run;
  }

  /**
   * Runs the missed review, which may end the subscription. Sends the messages after an offset, then live ones. Rejects when
   * the log can't be read.
   */
  async start(after: number): Promise<void> {
    this.#started = true;
    this.#missedReview?.();
    this.#missedReview = undefined;
    const active = this.#active;
    if (!active) return;
    const { topic } = this;
    await this.#parts.topics.catchUp(active, {
      position: after,
      ready: () => !this.#ended && this.#writer.ready(),
      send: (messages: readonly RingMessage[]) => this.#writer.send(eventOf(topic, messages, this.#audience)),
      gap: (from, to) => {
        const event: GapEvent = { type: "gap", topic, from, to, reason: "trimmed" };
        this.#writer.send(JSON.stringify(event));
      },
      goLive: () => {
        if (this.#ended || !this.#writer.isOpen) return;
        this.#live = true;
        this.#countAndSubscribe(1);
      },
    });
  }

  /**
   * Serves the topic as this audience sees it. The native subscription changes within one tick, so that every message
   * arrives through exactly one of the two.
   */
  serveAs(audience: Audience): void {
    if (audience === this.#audience || this.#ended || !this.#writer.isOpen) return;
    const { socket } = this.#writer;
    if (this.#live) this.#countAndSubscribe(-1);
    if (this.#audience === MODERATOR_AUDIENCE) socket.unsubscribe(nativeTopic(this.topic, "moderators"));
    this.#audience = audience;
    if (this.#live) this.#countAndSubscribe(1);
    if (audience === MODERATOR_AUDIENCE) socket.subscribe(nativeTopic(this.topic, "moderators"));
  }

  #countAndSubscribe(by: 1 | -1): void {
    if (!this.#active) return;
    countLive(this.#active, "json", this.#audience, by);
    if (!this.#writer.isOpen) return;
    const name = nativeTopic(this.topic, "json", this.#audience);
    if (by === 1) this.#writer.socket.subscribe(name);
    else this.#writer.socket.unsubscribe(name);
  }

  /** Whether the session receives the topic's people. */
  get isWatchingPeople(): boolean {
    return this.#appearance !== undefined;
  }

  /** The session's user as the topic's people list shows that user now. */
  get listedUser(): User | undefined {
    return this.#appearance?.as === "listed" ? this.#appearance.user : undefined;
  }

  /** Adds the session's user to the topic's people and returns them; undefined when the session did not ask for people. */
  joinPeople(appearance: Appearance): People | undefined {
    if (!this.wantsPeople) return undefined;
    this.#setAppearance(appearance);
    const people = this.#parts.presence.people(this.topic);
    if (appearance.as !== "shadowed") return people;
    const users = people.users ?? (people.count === 0 ? [] : undefined);
    return { count: people.count + 1, ...(users ? { users: [...users, appearance.user] } : {}) };
  }

  /** Changes how the user appears. A session that begins to receive people gets the present ones through `sendEvent`. */
  changeAppearance(appearance: Appearance, sendEvent?: (event: PeopleEvent) => void): void {
    if (this.isWatchingPeople) {
      this.#setAppearance(appearance);
      return;
    }
    const people = this.joinPeople(appearance);
    if (!people) return;
    const { count, users } = people;
    sendEvent?.({ type: "people", topic: this.topic, count, ...(users ? { joined: users } : {}) });
  }

  /** Removes the user from the topic's people, and stops sending people to the session. */
  leavePeople(): void {
    this.#setAppearance(undefined);
  }

  #setAppearance(next: Appearance | undefined): void {
    const before = this.#appearance;
    const { presence } = this.#parts;
    this.#appearance = next;
    const [from, to] = [this.#peopleTopic(before), this.#peopleTopic(next)];
    if (from !== to && this.#writer.isOpen) {
      if (from) this.#writer.socket.unsubscribe(from);
      if (to) this.#writer.socket.subscribe(to);
    }
    if (before?.as === "listed" && next?.as === "listed" && before.user.id === next.user.id) {
      if (before.user.name !== next.user.name || before.user.avatar !== next.user.avatar)
        presence.rename(this.topic, next.user);
      return;
    }
    if (before?.as === "listed") presence.leave(this.topic, before.user);
    if (before?.as === "shadowed") presence.removeShadowed(this.topic, before.user.id);
    if (next?.as === "listed") presence.join(this.topic, next.user);
    if (next?.as === "shadowed") presence.addShadowed(this.topic, next.user.id);
  }

  /** The native topic of people events. A shadow-banned user has a separate one, in which that user is listed. */
  #peopleTopic(appearance: Appearance | undefined): string | undefined {
    if (!appearance) return undefined;
    if (appearance.as !== "shadowed") return nativeTopic(this.topic, "people");
    return nativeTopic(this.topic, "people", authorAudience(appearance.user.id));
  }

  /** Ends the subscription: the session receives nothing more of the topic. */
  end(): void {
    this.#ended = true;
    if (this.#writer.isOpen) this.#writer.socket.unsubscribe(nativeTopic(this.topic, "moderators"));
    this.leavePeople();
    if (!this.#active) return;
    if (this.#live) this.#countAndSubscribe(-1);
    this.#parts.topics.release(this.#active);
    this.#active = undefined;
  }
}
