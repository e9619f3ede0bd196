/**
 * One topic that a session follows: from the plan of a subscription through catching up to live, and out again, with the
 * topic's people where the session asked for them. Ends cleanly at any of these moments.
 */
import { type Audience, EVERYBODY, STAFF } from "./audience.ts";
import type { Subscription } from "./reading.ts";
import type { Presence } from "./presence.ts";
import type { GapEvent } from "./protocol.ts";
import type { People, Rights, User } from "./model.ts";
import { NO_RIGHTS } from "./rights.ts";
import type { Outlet } from "./socket.ts";
import { type ActiveTopic, countLive, eventOf, nativeTopic, type Ringed, type Topics } from "./topics.ts";

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
  #here: User | undefined;
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

  /** Counts the user among the topic's people and tells the session of them from now on. */
  watchPeople(user: User): People {
    this.#parts.presence.join(this.topic, user);
    this.#here = user;
    this.#outlet.socket.subscribe(nativeTopic(this.topic, "people"));
    return this.#parts.presence.people(this.topic);
  }

  /** The session's user is called otherwise, or is somebody else, from now on. */
  changeUser(user: User): void {
    if (!this.#here) return;
    if (this.#here.id === user.id) this.#parts.presence.rename(this.topic, user);
    else {
      this.#parts.presence.leave(this.topic, this.#here);
      this.#parts.presence.join(this.topic, user);
    }
    this.#here = user;
  }

  /** Ends it: nothing more of the topic is sent. */
  end(): void {
    this.#ended = true;
    if (this.#outlet.isOpen) this.#outlet.socket.unsubscribe(nativeTopic(this.topic, "staff"));
    if (this.#here) {
      this.#parts.presence.leave(this.topic, this.#here);
      if (this.#outlet.isOpen) this.#outlet.socket.unsubscribe(nativeTopic(this.topic, "people"));
    }
    if (!this.#active) return;
    if (this.#live) this.#listen(-1);
    this.#parts.topics.release(this.#active);
    this.#active = undefined;
  }
}
