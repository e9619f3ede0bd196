/**
 * Line of a follower: a connection through the leader that looks like a WebSocket to the client.
 * Becomes a socket of its own when the leader does not answer, can't serve this tab, or is this tab.
 */
import type { Clock, Timer } from "../client/clock.ts";
import type { WebSocketLike } from "../client/socket.ts";
import { passEvents } from "../client/transport.ts";
import type { TabGroup } from "./tab-group.ts";
import type { TellNote } from "./tab-notes.ts";

export interface LeaderLineOptions {
  clock_: Clock;
  openSocket: (url: string, protocol: string) => WebSocketLike;
  /** Makes an id that no other line has. */
  makeId: () => string;
  /** The leader has ended the line: the client must connect anew. */
  onEnd_: () => void;
}

/** Deadline of the leader's answer, which takes a few milliseconds unless the leader is frozen or gone. */
const ANSWER_DEADLINE_MS = 3_000;

/** The line that is in use. */
interface Line {
  id: string;
  ws: WebSocketLike;
  deadline: Timer | undefined;
}

/** Creates the line of one tab. */
export function createLeaderLine(
  { tab, post, role_: role, isLeading_: isLeading }: TabGroup,
  { clock_: clock, openSocket, makeId, onEnd_: onEnd }: LeaderLineOptions,
) {
  let line: Line | undefined;
  /** The next connection is this tab's own socket, because the leader can't serve it. */
  let isAlone = false;

  function cut(): void {
    clock.cancel(line?.deadline);
    line = undefined;
  }

  /** Opens a line once the role is known, or an own socket if this tab leads. */
  function openLine(url: string, protocol: string): WebSocketLike {
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
    void role().then(() => (isLeading() ? goAlone() : follow()));
    return ws;
  }

  return {
    /** Whether this tab's connection goes through the leader. */
    isOpen: (): boolean => line !== undefined,
    /** Forgets the line and ignores its later notes. */
    cut,
    /** Opens a connection for the client, through the leader or not. */
    connect(url: string, protocol: string): WebSocketLike {
      if (!isLeading() && !isAlone) return openLine(url, protocol);
      isAlone = false;
      return openSocket(url, protocol);
    },
    /** Takes a note of the leader, if it is for this line. */
    hear(note: Exclude<TellNote, { kind: "up" }>): void {
      if (!line || !note.to.includes(line.id)) return;
      const { ws, deadline } = line;
      clock.cancel(deadline);
      if (note.kind === "text") ws.onmessage?.({ data: note.text });
      else if (note.kind === "joined") ws.onopen?.();
      else if (note.kind !== "wait") {
        isAlone = note.kind === "alone";
        onEnd();
      }
    },
  };
}
