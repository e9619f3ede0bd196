/**
 * Followers of the leader: the tabs that use its connection, each on one line at a time.
 * Opens a line when the leader is connected, ends every line when the connection is lost, and forgets tabs that have gone. Does
 * not know commands or frames.
 */
import type { Client } from "../client/client.ts";
import type { TellNote } from "./tab-notes.ts";

/** A follower's use of a topic. */
export interface Following {
  close: () => void;
  /** The follower has received everything up to now. */
  isLive: boolean;
}

export interface Follower {
  tab: string;
  /** The id of its line; empty while the connection is lost. */
  line: string;
  /** The line is open. */
  isIn: boolean;
  topics: Map<string, Following>;
}

export interface FollowersOptions {
  client: Client;
  post: (note: TellNote) => void;
  /** Calls `ended` when a tab has gone, however it ended. */
  watch_: (tab: string, ended: () => void) => void;
}

/** Creates the followers of one leader. */
export function createFollowers({ client, post, watch_: watch }: FollowersOptions) {
  const followers = new Map<string, Follower>();
  const all = () => [...followers.values()];
  const linesOf = (some: Follower[]) => some.map(({ line }) => line);
  const isOnline = () => client.state.connection === "online";
  const isDenied = () => client.state.connection === "denied";

  function drop(follower: Follower): void {
    if (followers.get(follower.tab) !== follower) return;
    followers.delete(follower.tab);
    for (const { close } of follower.topics.values()) close();
  }
  function dismiss(follower: Follower): void {
    post({ kind: "alone", to: [follower.line] });
    drop(follower);
  }
  function hangUp(follower: Follower): void {
    follower.isIn = false;
    for (const following of follower.topics.values()) following.isLive = false;
  }

  return {
    get: (tab: string): Follower | undefined => followers.get(tab),
    /** Removes a follower and closes its topics. */
    drop,
    /** Removes a follower that the leader cannot serve: it opens a socket of its own. */
    dismiss,
    /** Ends a follower's line. Its topics stay subscribed, because the follower will return. */
    hangUp_: hangUp,
    /** Opens a line for a tab, or lets it wait for the leader's connection. */
    join(tab: string, line: string): void {
      let follower = followers.get(tab);
      if (!follower) {
        const fresh: Follower = { tab, line, isIn: false, topics: new Map() };
        follower = fresh;
        followers.set(tab, fresh);
        watch(tab, () => drop(fresh));
      }
      hangUp(follower);
      follower.line = line;
      follower.isIn = isOnline();
      if (isDenied()) dismiss(follower);
      else post({ kind: follower.isIn ? "joined" : "wait", to: [line] });
    },
    /** Opens the waiting lines, or ends the open ones, after the leader's connection has changed. */
    onConnection_(): void {
      if (isOnline()) {
        const waiting = all().filter(({ isIn, line }) => !isIn && line);
        for (const follower of waiting) follower.isIn = true;
        post({ kind: "joined", to: linesOf(waiting) });
        post({ kind: "up" });
      } else if (isDenied()) for (const follower of all()) dismiss(follower);
      else {
        const cut = all().filter(({ isIn }) => isIn);
        post({ kind: "shut", to: linesOf(cut) });
        for (const follower of cut) {
          hangUp(follower);
          follower.line = "";
        }
      }
    },
    /** Returns the lines whose topic has caught up. */
    liveLines_: (topic: string): string[] =>
      linesOf(all().filter(({ isIn, topics }) => isIn && topics.get(topic)?.isLive)),
    /** Ends every line and removes all followers: this tab leads no more. */
    clear(): void {
      const lines = linesOf(all());
      if (lines[0] !== undefined) post({ kind: "shut", to: lines });
      for (const follower of all()) drop(follower);
    },
  };
}
