/**
 * Relay of the leader tab: serves the tabs that follow from its own session (shared-socket.ts).
 * Passes most commands on as they are and answers `hello`, `subscribe` and `ping` itself. Passes every event of a topic to the
 * followers that have caught up. A follower that can't be served so (an unknown cursor, a trimmed log, another user) opens a
 * socket of its own.
 */
import type { CommandFields, CommandType, ServerFrame } from "../../src/protocol.ts";
import type { Client } from "../client/client.ts";
import type { CommandError } from "../client/requests.ts";
import { type Asking, type Subscribe, subscribeFollower } from "./follower-topics.ts";
import { createFollowers, type Follower, type FollowersOptions } from "./followers.ts";
import { createKnownCursors } from "./known-cursors.ts";
import type { AskNote } from "./tab-notes.ts";

export interface RelayOptions extends FollowersOptions {
  now: () => number;
}

export type Relay = ReturnType<typeof createRelay>;

/** Answers `hello`. Returns false for a follower of another user, or when the leader's token has ended. */
function greet(
  { state, credentials_: credentials }: Client,
  { guest, token }: CommandFields["hello"],
  answer: Asking["answer"],
): boolean {
  const { me, limits } = state;
  const { guest: own, isLapsed_: isLapsed } = credentials();
  const isSigned = me !== undefined && me.role !== "guest";
  const isOther = token ? !isSigned : isSigned || (guest && own && guest !== own);
  if (isOther || isLapsed) return false;
  answer({ session: "", user: me, guest: token ? undefined : own, limits, version: "" });
  return true;
}

/** Creates the relay of one tab; it serves followers between `start_` and `stop_`. */
export function createRelay(options: RelayOptions) {
  const { client, now, post } = options;
  const followers = createFollowers(options);
  const cursors = createKnownCursors();
  let unsubscribe: (() => void) | undefined;

  function serve(follower: Follower, text: string): void {
    const { type, id, ...fields } = JSON.parse(text) as { type: CommandType; id: unknown } & Record<
      string,
      unknown
    >;
    const { line, topics } = follower;
    const isHere = () => follower.isIn && follower.line === line;
    const answer = (reply: object) => {
      if (isHere()) post({ kind: "text", to: [line], text: JSON.stringify({ type: "ok", ...reply, id }) });
    };
    if (type === "hello") {
      if (!greet(client, fields, answer)) followers.dismiss(follower);
    } else if (type === "ping") answer({ at: now() });
    else if (type === "subscribe") {
      const asked = fields as unknown as Subscribe;
      void subscribeFollower(client, cursors, asked, { isHere, answer, topics }).then((isServed) => {
        if (!isServed) followers.dismiss(follower);
      });
    } else if (type === "unsubscribe") {
      const { topic } = fields as { topic: string };
      topics.get(topic)?.close();
      topics.delete(topic);
      answer({ topic });
    } else {
      client.command(type, fields as CommandFields[typeof type]).then(
        (reply) => {
          if ("user" in reply && !("session" in reply)) client.meet(reply.user);
          answer(reply);
        },
        ({ code, message, retry, retryAfterMs }: CommandError) =>
          answer({ type: "error", code, message, retry, retryAfterMs }),
      );
    }
  }

  return {
    /** This tab leads from now on. */
    start_(): void {
      unsubscribe ??= client.listen(({ type }) => {
        if (type === "connection") followers.onConnection_();
      });
    },
    /** Ends the lead: every follower looks for another leader. */
    stop_(): void {
      unsubscribe?.();
      unsubscribe = undefined;
      followers.clear();
    },
    /** Takes a follower's note. */
    hear(ask: AskNote): void {
      const follower = followers.get(ask.tab);
      if (ask.kind === "join") followers.join(ask.tab, ask.line);
      else if (!follower) return;
      else if (ask.kind === "leave") followers.drop(follower);
      else if (ask.line === follower.line && ask.kind === "frame" && follower.isIn) serve(follower, ask.text);
      else if (ask.line === follower.line && ask.kind === "hang-up") followers.hangUp_(follower);
    },
    /** Receives every frame that the client applied, whether this tab leads or not. */
    tap_(frame: ServerFrame): void {
      cursors.note_(frame);
      if (frame.type === "ok" || !("topic" in frame)) return;
      const { topic } = frame;
      // Messages that the client did not apply, because of a hole before them, arrive again.
      const newest = frame.type === "messages" ? frame.messages.at(-1)?.offset : undefined;
      if (newest !== undefined && newest > (client.state.topics[topic]?.last ?? 0)) return;
      const to = followers.liveLines_(topic);
      if (to[0]) post({ kind: "text", to, text: JSON.stringify(frame) });
    },
  };
}
