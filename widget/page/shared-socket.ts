/**
 * One socket for all tabs of a site: a lock makes one tab the leader, the others use its connection.
 * To the client a follower's connection is a WebSocket like any other; the client and the relay keep the delivery promise. Only tabs
 * of one page origin, server and user share. Without locks, or when a leader can't serve, each tab has its own socket. The
 * browser releases the lock when the leader ends, however it ends, and the next leader tells the others.
 */
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";
import { createReadMarks, type ReadNote } from "./read-marks.ts";
import { type AskNote, createRelay, type TellNote } from "./relay.ts";
import type { WebSocketLike } from "../client/socket.ts";
import { passEvents } from "../client/transport.ts";
import type { Claim } from "../client/page-hooks.ts";

/** Notes between tabs. */
export type Note =
  | AskNote
  | TellNote
  | ReadNote
  /** This tab leads from now on. */
  | { kind: "led" }
  /** The user signed out. */
  | { kind: "out"; forget: boolean };

/** The part of a BroadcastChannel that tabs use. */
export interface Channel {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(note: unknown): void;
  close(): void;
}

export interface TabsOptions {
  client: Client;
  clock_: Clock;
  server: string;
  claim: Claim;
  openChannel: (name: string) => Channel;
  openSocket: (url: string, protocol: string) => WebSocketLike;
  /** Makes an id that no other tab has. */
  makeId: () => string;
  signal: AbortSignal;
}

export type Tabs = ReturnType<typeof createTabs>;

/** Claims that differ between two tokens of one user. */
const TIMES = { iat: undefined, exp: undefined, nbf: undefined, jti: undefined };
/** Deadline of the leader's answer, which takes a few milliseconds unless the leader is frozen or gone. */
const ANSWER_DEADLINE_MS = 3_000;

/**
 * Name of the group of tabs that share a socket: those of one user. Compares the token's claims except its times and id.
 * An unreadable token makes a group of its own.
 */
export function groupOf(server: string, token: string | undefined): string {
  if (token === undefined) return `kabar:${server}`;
  try {
    const claims = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    return `kabar:${server} ${JSON.stringify({ ...JSON.parse(claims), ...TIMES })}`;
  } catch {
    return `kabar:${server} ${token}`;
  }
}

const ignore = (): void => undefined;

/** A follower's connection through the leader. */
interface Line {
  id: string;
  ws: WebSocketLike;
  deadline: Timer | undefined;
}

export function createTabs(options: TabsOptions) {
  const { client, clock_: clock, server, claim, openChannel, openSocket, makeId, signal } = options;
  const tab = `kabar-tab:${makeId()}`;
  let group = "";
  let channel: Channel | undefined;
  /** Aborted when this tab's part in its group ends; its locks go with it. */
  let stay = new AbortController();
  let isLeading = false;
  /** Resolves once it is known whether this tab leads. Without locks, each tab leads itself. */
  let role = Promise.resolve();
  let line: Line | undefined;
  /** The next connection is this tab's own socket, because the leader can't serve it. */
  let isAlone = false;

  const post = (note: Note): void => channel?.postMessage(note);
  const marks = createReadMarks(client, clock, post, signal);
  const relay = createRelay({ client, now: clock.now, post, watch_: watch });

  /** Holds a lock for as long as this tab is in its group. */
  function hold(name: string, then: (isHeld: boolean) => void, fail = ignore, more: LockOptions = {}): void {
    const { signal } = stay;
    claim(name, more.ifAvailable ? more : { signal }).then((free) => {
      if (signal.aborted) return free?.();
      if (free) signal.addEventListener("abort", free);
      then(free !== undefined);
    }, fail);
  }
  /** Calls `ended` when a tab has gone: each tab holds the lock of its own name, so that acquiring the lock proves it. */
  function watch(name: string, ended: () => void): void {
    claim(name, { signal: stay.signal }).then((free) => {
      free?.();
      ended();
    }, ignore);
  }

  /** Joins the group of the current user. `free` releases the group's lock, when this tab holds it already. */
  function enter(free?: () => void): void {
    group = groupOf(server, client.credentials_().token);
    stay = new AbortController();
    const { signal } = stay;
    channel = openChannel(group);
    channel.onmessage = ({ data }) => hear(data as Note);
    hold(tab, ignore);
    if (free) signal.addEventListener("abort", free);
    const asked = new Promise<boolean>((resolve) => {
      if (free) resolve(true);
      else hold(group, resolve, () => resolve(true), { ifAvailable: true });
    });
    role = asked.then((isHeld) => {
      if (signal.aborted) return;
      if (isHeld) lead();
      else queue();
    });
  }
  /** Leaves the group; another tab takes the lead. */
  function leave(): void {
    relay.stop_();
    post({ kind: "leave", tab });
    cut();
    isLeading = false;
    stay.abort();
    channel?.close();
    channel = undefined;
  }
  function lead(): void {
    isLeading = true;
    relay.start_();
    post({ kind: "led" });
  }
  /** Waits for the group's lock, which is free once the leader has gone. */
  function queue(): void {
    hold(group, () => {
      const hadLine = line !== undefined;
      cut();
      lead();
      if (hadLine || client.state.connection !== "online") client.restart();
    });
  }

  /** Forgets the line through the leader and ignores its later notes. */
  function cut(): void {
    clock.cancel(line?.deadline);
    line = undefined;
  }

  /** Opens a connection for the client, through a leader or not: the role is known a moment later. */
  function connect(url: string, protocol: string): WebSocketLike {
    if (channel && group !== groupOf(server, client.credentials_().token)) leave();
    if (!channel) enter();
    if (isLeading || isAlone) {
      isAlone = false;
      return openSocket(url, protocol);
    }
    const id = makeId();
    let isClosed = false;
    let own: WebSocketLike | undefined;
    const ws: WebSocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send(text) {
        if (own) own.send(text);
        else post({ kind: "frame", tab, line: id, text });
      },
      close(code) {
        isClosed = true;
        own?.close(code);
        if (line?.id !== id) return;
        cut();
        post({ kind: "hang-up", tab, line: id });
      },
    };
    function goAlone(): void {
      if (line?.id === id) cut();
      if (isClosed) return;
      own = openSocket(url, protocol);
      passEvents(own, ws);
    }
    function follow(): void {
      if (isClosed) return;
      cut();
      line = { id, ws, deadline: clock.after(ANSWER_DEADLINE_MS, goAlone) };
      post({ kind: "join", tab, line: id });
    }
    void role.then(() => (isLeading ? goAlone() : follow()));
    return ws;
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
        if (line) client.restart();
        else wake();
        break;
      case "up":
        if (!line) wake();
        break;
      case "join":
      case "frame":
      case "hang-up":
      case "leave":
        if (isLeading) relay.hear(note);
        break;
      default:
        if (line && note.to.includes(line.id)) hearLeader(note, line);
    }
  }
  function wake(): void {
    if (!isLeading && client.state.connection !== "online") client.wake();
  }
  function hearLeader(note: Exclude<TellNote, { kind: "up" }>, { ws, deadline }: Line): void {
    clock.cancel(deadline);
    if (note.kind === "text") ws.onmessage?.({ data: note.text });
    else if (note.kind === "joined") ws.onopen?.();
    else if (note.kind !== "wait") {
      isAlone = note.kind === "alone";
      client.restart();
    }
  }

  signal.addEventListener("abort", leave);
  return {
    connect,
    /** Takes over from the chat, which connected before this code came: it holds the group's lock, and its socket is ours. */
    begin: (free: () => void): void => enter(free),
    tap_: relay.tap_,
    /** Moves to another user's group. Resolves to whether the session may be kept for that user and shared with their tabs. */
    async move(): Promise<boolean> {
      const isOurs = !line;
      if (!channel || group === groupOf(server, client.credentials_().token)) return isOurs;
      leave();
      enter();
      await role;
      return isOurs && isLeading;
    },
    signedOut_: (forget: boolean): void => post({ kind: "out", forget }),
    leave,
  };
}
