/**
 * One socket for all tabs of a site: a lock makes one tab the leader, the others use its connection.
 * To the client a follower's connection is a WebSocket like any other; the client and the relay keep the delivery promise. Only tabs
 * of one page origin, server and user share. Without locks, or when a leader can't serve, each tab has its own socket.
 */
import type { Client } from "../client/client.ts";
import type { Clock } from "../client/clock.ts";
import type { Claim } from "../client/page-hooks.ts";
import type { WebSocketLike } from "../client/socket.ts";
import { createLeaderLine } from "./leader-line.ts";
import { createReadMarks, type LoadMarkSync } from "./read-marks.ts";
import { createRelay } from "./relay.ts";
import { type Channel, createTabGroup, groupOf } from "./tab-group.ts";
import type { Note } from "./tab-notes.ts";

export interface TabsOptions {
  client: Client;
  clock_: Clock;
  server: string;
  claim: Claim;
  openChannel: (name: string) => Channel;
  openSocket: (url: string, protocol: string) => WebSocketLike;
  /** Loads what keeps read marks in step with the server. */
  loadMarkSync: LoadMarkSync;
  /** Makes an id that no other tab has. */
  makeId: () => string;
  signal: AbortSignal;
}

export type Tabs = ReturnType<typeof createTabs>;

/** Creates this tab's share in the socket; it takes part until `signal` is aborted. */
export function createTabs(options: TabsOptions) {
  const { client, clock_: clock, server, claim, openChannel, openSocket, makeId, signal } = options;
  const group = createTabGroup({ claim, openChannel, makeId, onNote_: hear, onLead_: lead });
  const { tab, post } = group;
  const marks = createReadMarks(client, clock, group, options.loadMarkSync, signal);
  const relay = createRelay({ client, now: clock.now, post, watch_: group.watch_ });
  const line = createLeaderLine(group, { clock_: clock, openSocket, makeId, onEnd_: client.restart });
  /** The name of the present user's group. */
  const nameNow = () => groupOf(server, client.credentials_().token);

  function leave(): void {
    relay.stop_();
    post({ kind: "leave", tab });
    line.cut();
    group.leave();
  }
  function lead(hasWaited: boolean): void {
    const hadLine = line.isOpen();
    line.cut();
    relay.start_();
    post({ kind: "led" });
    if (hasWaited && (hadLine || client.state.connection !== "online")) client.restart();
  }
  function wake(): void {
    if (!group.isLeading_() && client.state.connection !== "online") client.wake();
  }
  function hear(note: Note): void {
    switch (note.kind) {
      case "read":
        marks.apply(note);
        break;
      case "out":
        client.signOut({ forget: note.forget, isRemote: true });
        break;
      case "led":
        if (line.isOpen()) client.restart();
        else wake();
        break;
      case "up":
        if (!line.isOpen()) wake();
        break;
      case "join":
      case "frame":
      case "hang-up":
      case "leave":
        if (group.isLeading_()) relay.hear(note);
        break;
      default:
        line.hear(note);
    }
  }

  signal.addEventListener("abort", leave);
  return {
    /** Opens a connection for the client, through a leader or not: the role is known a moment later. */
    connect(url: string, protocol: string): WebSocketLike {
      const name = nameNow();
      if (group.name_() !== name) {
        if (group.name_()) leave();
        group.enter(name);
      }
      return line.connect(url, protocol);
    },
    /** Takes over from the chat, which connected before this code came: it holds the group's lock, and its socket is ours. */
    begin: (free: () => void): void => group.enter(nameNow(), free),
    tap_: relay.tap_,
    /** Takes the server's read mark. */
    mark_: marks.applyServers_,
    /** The page is hidden: what was read is sent at once. */
    hide_: marks.flush_,
    /** Moves to another user's group. Resolves to whether the session may be kept for that user and shared with their tabs. */
    async move(): Promise<boolean> {
      const isOurs = !line.isOpen();
      const name = nameNow();
      if (!group.name_() || group.name_() === name) return isOurs;
      leave();
      group.enter(name);
      await group.role_();
      return isOurs && group.isLeading_();
    },
    signedOut_: (forget: boolean): void => post({ kind: "out", forget }),
    leave,
  };
}
