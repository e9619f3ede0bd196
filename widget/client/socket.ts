/**
 * A WebSocket that reconnects: jittered pauses, the server's own times, and an end that is final.
 * Notices a connection that died silently (a laptop that slept, a network that changed). Knows frames as text only; clock, chance
 * and the WebSocket are passed in, and the page calls `wake_`, `setOnline_`, `stop_` and `start_`.
 */
import { mayComeBack } from "../../src/protocol.ts";
import { type Clock, pauseBefore, type Timer } from "./clock.ts";

/** The part of the browser's WebSocket that the client uses. */
export interface WebSocketLike {
  /** 1 while it is open (WHATWG WebSockets section 3.1). */
  readonly readyState?: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/** State of a socket. `waiting` has the time of the next attempt. */
export type SocketStatus =
  | { phase_: "idle" | "connecting" | "open" | "offline" }
  | { phase_: "waiting"; retryAt_: number }
  | { phase_: "ended"; code: number };

/** Functions that a socket calls. */
export interface SocketEvents {
  onOpen_: () => void;
  onText_: (text: string) => void;
  onStatus_: (status: SocketStatus) => void;
  /** `connect` threw: trying again won't help. */
  onImpossible_: () => void;
}

export type Socket = ReturnType<typeof createSocket>;

/** State of a WebSocket that is open; a larger one means that it will not open any more. */
export const OPEN = 1;
/** Deadline of the handshake, which takes about a second on a bad network. */
const CONNECT_DEADLINE_MS = 15_000;
/** The close that belongs to an error comes within this time. */
const ERROR_MS = 100;
/** Time without frames before a ping. Shorter than the minute after which most proxies and routers drop a connection. */
const QUIET_MS = 25_000;
/** Command that the server answers at once. */
const PING = '{"type":"ping","id":"ping"}';
/** Deadline of the reply to a ping. */
const PING_DEADLINE_MS = 10_000;
/** Deadline of the reply after the machine slept or the network changed. */
const DOUBT_DEADLINE_MS = 5_000;
/** A timer that fires this late means that the machine slept. */
const SLEPT_MS = 5_000;
/** `navigator.onLine` is wrong now and then (virtual machines, VPNs), so "offline" still tries, seldom. */
const OFFLINE_PAUSE_MS = 30_000;

/**
 * Creates a socket, which connects when it is started. `connect` opens a connection and may throw: a page on https is not
 * allowed a socket without it. `random` returns 0 to 1.
 */
export function createSocket(
  clock: Clock,
  random: () => number,
  connect: () => WebSocketLike,
  on: SocketEvents,
) {
  let ws: WebSocketLike | undefined;
  let status: SocketStatus = { phase_: "idle" };
  let timer: Timer | undefined;
  let attempt = 0;
  let online = true;
  let toldPauseMs: number | undefined;
  let heardAt = 0;
  /** A ping was sent, and nothing has come since. */
  let isAsked = false;

  function setStatus(next: SocketStatus): void {
    status = next;
    on.onStatus_(next);
  }
  function schedule(ms: number, run: () => void): void {
    clock.cancel(timer);
    timer = clock.after(ms, run);
  }

  /** Drops the connection at once: the closing handshake of a dead connection would take minutes. */
  function drop(): void {
    clock.cancel(timer);
    const old = ws;
    ws = undefined;
    if (!old) return;
    old.onopen = old.onmessage = old.onclose = old.onerror = null;
    old.close(1000);
  }

  function open(): void {
    drop();
    setStatus({ phase_: "connecting" });
    let fresh: WebSocketLike;
    try {
      fresh = connect();
    } catch {
      setStatus({ phase_: "ended", code: 0 });
      on.onImpossible_();
      return;
    }
    ws = fresh;
    fresh.onopen = () => {
      heardAt = clock.now();
      toldPauseMs = undefined;
      setStatus({ phase_: "open" });
      listen();
      on.onOpen_();
    };
    fresh.onmessage = (event) => {
      heardAt = clock.now();
      if (isAsked) listen();
      if (typeof event.data === "string") on.onText_(event.data);
    };
    fresh.onclose = (event) => lost(event.code);
    // The close follows at once, unless a Content-Security-Policy is the reason: then Chromium sends none.
    fresh.onerror = () => schedule(ERROR_MS, () => lost(1006));
    schedule(CONNECT_DEADLINE_MS, () => lost(1006));
    if (fresh.readyState === OPEN) fresh.onopen();
  }

  function lost(code: number): void {
    drop();
    if (!mayComeBack(code)) setStatus({ phase_: "ended", code });
    else if (!online) {
      setStatus({ phase_: "offline" });
      schedule(OFFLINE_PAUSE_MS, open);
    } else {
      const pause = toldPauseMs ?? pauseBefore(attempt++, random);
      toldPauseMs = undefined;
      setStatus({ phase_: "waiting", retryAt_: clock.now() + pause });
      schedule(pause, open);
    }
  }

  /** Waits until no frames arrive for a while. Sets one timer for each quiet period, not for each frame. */
  function listen(): void {
    isAsked = false;
    const due = heardAt + QUIET_MS;
    schedule(Math.max(0, due - clock.now()), () => {
      if (clock.now() < heardAt + QUIET_MS) listen();
      else check(clock.now() - due > SLEPT_MS ? DOUBT_DEADLINE_MS : PING_DEADLINE_MS);
    });
  }

  /** Sends a ping and drops the connection when no frame arrives in time. */
  function check(deadlineMs: number): void {
    isAsked = true;
    ws?.send(PING);
    schedule(deadlineMs, () => lost(1006));
  }

  const isDown = () => status.phase_ === "waiting" || status.phase_ === "offline";

  return {
    isOpen_: (): boolean => status.phase_ === "open",
    start_(): void {
      if (status.phase_ === "idle") open();
    },
    /** Sends a frame; false when there is no open connection. */
    send(text: string): boolean {
      if (status.phase_ !== "open" || !ws) return false;
      ws.send(text);
      return true;
    },
    /** Resets the pause between attempts: the server accepted the session. */
    settle_(): void {
      attempt = 0;
    },
    /** Takes the pause that the server wants after it has closed the connection. */
    comeBackAfter_(ms: number | undefined): void {
      toldPauseMs = ms;
    },
    /** Checks the connection, or connects at once: the page is visible again, the user asks, the network is back. */
    wake_(): void {
      if (status.phase_ === "open") check(DOUBT_DEADLINE_MS);
      else if (isDown()) open();
    },
    /** Takes the browser's view of the network. */
    setOnline_(value: boolean): void {
      if (online === value) return;
      online = value;
      if (status.phase_ === "open") check(DOUBT_DEADLINE_MS);
      else if (value && isDown()) open();
      else if (status.phase_ === "waiting") {
        setStatus({ phase_: "offline" });
        schedule(OFFLINE_PAUSE_MS, open);
      }
    },
    /** Drops a connection that is of no use and reconnects as after a loss. */
    fail_(): void {
      if (ws) lost(1006);
    },
    /** Drops the connection and connects anew at once, as another user for instance. */
    restart_(): void {
      if (status.phase_ !== "idle") open();
    },
    /** Closes the connection until `start_`. */
    stop_(): void {
      drop();
      attempt = 0;
      setStatus({ phase_: "idle" });
    },
  };
}
