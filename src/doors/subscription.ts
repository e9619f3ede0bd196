/**
 * One topic that a session follows: from the plan of a subscription through catching up to live, and out again, with the
 * topic's people where the session asked for them. Ends cleanly at any of these moments.
 */
import { type Audience, authorAudience, EVERYBODY, STAFF } from "../topics/audience.ts";
import type { Subscription } from "../chat/reading.ts";
import type { Presence } from "../topics/presence.ts";
import type { GapEvent, PeopleEvent } from "../protocol.ts";
import type { People, Rights, User } from "../model.ts";
import { NO_RIGHTS } from "../rights.ts";
import type { Outlet } from "./peer.ts";
import type { Appearance } from "../chat/visibility.ts";
import {
  type ActiveTopic,
  countLive,
  eventOf,
  nativeTopic,
  type Ringed,
  type Topics,
} from "../topics/topics.ts";

export interface FollowingParts {
  topics: Topics;
  presence: Presence;
}

export class Following {
  readonly topic: string;
  readonly #parts: FollowingParts;
  readonly #outlet: Outlet;
  #active: ActiveTopic | undefined;
  /** What the session may do in the topic, as it was last told. */
  can: Rights = NO_RIGHTS;
  /** Whether the session asked for the topic's people. */
  wantsPeople = false;
  /** How its user appears there, while the session is told of them. */
  #appearance: Appearance | undefined;
  #audience: Audience = EVERYBODY;
  #live = false;
  #ended = false;

  constructor(parts: FollowingParts, outlet: Outlet, topic: string) {
    this.#parts = parts;
    this.#outlet = outlet;
    this.topic = topic;
  }

  /** Takes the plan over; false when the following was ended meanwhile, and the plan is given back. */
  adopt({ active, can }: Subscription): boolean {
    if (this.#ended) this.#parts.topics.release(active);
    else this.#active = active;
    this.can = can;
    return !this.#ended;
  }

  /** Sends what was missed after an offset, then lets live messages come. Rejects when the log can't be read. */
  async start(after: number): Promise<void> {
    const active = this.#active;
    if (!active) return;
    const { topic } = this;
    await this.#parts.topics.catchUp(active, {
      position: after,
      ready: () => !this.#ended && this.#outlet.ready(),
      send: (messages: readonly Ringed[]) => this.#outlet.send(eventOf(topic, messages, this.#audience)),
      gap: (from, to) => {
        const event: GapEvent = { type: "gap", topic, from, to, reason: "trimmed" };
        this.#outlet.send(JSON.stringify(event));
      },
      goLive: () => {
        if (this.#ended || !this.#outlet.isOpen) return;
        this.#live = true;
        this.#listen(1);
      },
    });
  }

  /**
   * From now on the session is served the topic as this audience is. One native subscription is given for the other in one
   * tick, so that every message comes by exactly one of them.
   */
  serveAs(audience: Audience): void {
    if (audience === this.#audience || this.#ended || !this.#outlet.isOpen) return;
    const { socket } = this.#outlet;
    if (this.#live) this.#listen(-1);
    if (this.#audience === STAFF) socket.unsubscribe(nativeTopic(this.topic, "staff"));
    this.#audience = audience;
    if (this.#live) this.#listen(1);
    if (audience === STAFF) socket.subscribe(nativeTopic(this.topic, "staff"));
  }

  #listen(by: 1 | -1): void {
    if (!this.#active) return;
    countLive(this.#active, "json", this.#audience, by);
    if (!this.#outlet.isOpen) return;
    const name = nativeTopic(this.topic, "json", this.#audience);
    if (by === 1) this.#outlet.socket.subscribe(name);
    else this.#outlet.socket.unsubscribe(name);
  }

  /** Whether the session is told of the topic's people. */
  get isWatching(): boolean {
    return this.#appearance !== undefined;
  }

  /** The user as the others see them now. */
  get shown(): User | undefined {
    return this.#appearance?.as === "listed" ? this.#appearance.user : undefined;
  }

  /** Tells the session of the topic's people from now on, if it asked, and has its user appear among them. */
  watchPeople(appearance: Appearance): People | undefined {
    if (!this.wantsPeople) return undefined;
    this.#show(appearance);
    const people = this.#parts.presence.people(this.topic);
    if (appearance.as !== "hidden") return people;
    const users = people.users ?? (people.count === 0 ? [] : undefined);
    return { count: people.count + 1, ...(users ? { users: [...users, appearance.user] } : {}) };
  }

  /** The user appears so from now on. A session that is told of the people only now is told with `tell` who is there. */
  appear(appearance: Appearance, tell?: (event: PeopleEvent) => void): void {
    if (this.isWatching) {
      this.#show(appearance);
      return;
    }
    const people = this.watchPeople(appearance);
    if (!people) return;
    const { count, users } = people;
    tell?.({ type: "people", topic: this.topic, count, ...(users ? { joined: users } : {}) });
  }

  /** Tells the session nothing more of the topic's people. */
  leavePeople(): void {
    this.#show(undefined);
  }

  #show(next: Appearance | undefined): void {
    const before = this.#appearance;
    const { presence } = this.#parts;
    this.#appearance = next;
    const [from, to] = [this.#peopleTopic(before), this.#peopleTopic(next)];
    if (from !== to && this.#outlet.isOpen) {
      if (from) this.#outlet.socket.unsubscribe(from);
      if (to) this.#outlet.socket.subscribe(to);
    }
    if (before?.as === "listed" && next?.as === "listed" && before.user.id === next.user.id) {
      if (before.user.name !== next.user.name || before.user.avatar !== next.user.avatar)
        presence.rename(this.topic, next.user);
      return;
    }
    if (before?.as === "listed") presence.leave(this.topic, before.user);
    if (before?.as === "hidden") presence.unhide(this.topic, before.user.id);
    if (next?.as === "listed") presence.join(this.topic, next.user);
    if (next?.as === "hidden") presence.hide(this.topic, next.user.id);
  }

  /** The native topic that tells of the people: a hidden user has one of their own, which says that they are there. */
  #peopleTopic(appearance: Appearance | undefined): string | undefined {
    if (!appearance) return undefined;
    if (appearance.as !== "hidden") return nativeTopic(this.topic, "people");
    return nativeTopic(this.topic, "people", authorAudience(appearance.user.id));
  }

  /** Ends it: nothing more of the topic is sent. */
  end(): void {
    this.#ended = true;
    if (this.#outlet.isOpen) this.#outlet.socket.unsubscribe(nativeTopic(this.topic, "staff"));
    this.leavePeople();
    if (!this.#active) return;
    if (this.#live) this.#listen(-1);
    this.#parts.topics.release(this.#active);
    this.#active = undefined;
  }
}
