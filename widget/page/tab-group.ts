/**
 * Group of the tabs that share a socket: those of one page origin, server and user. A lock makes one of them the leader.
 * Holds the group's channel and locks while this tab is in the group. The browser releases the lock when the leader ends, however
 * it ends, and the next tab takes the lead. Without locks each tab leads itself.
 */
import type { Claim } from "../client/page-hooks.ts";
import type { Note } from "./tab-notes.ts";

/** The part of a BroadcastChannel that tabs use. */
export interface Channel {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(note: unknown): void;
  close(): void;
}

export interface TabGroupOptions {
  claim: Claim;
  openChannel: (name: string) => Channel;
  /** Makes an id that no other tab has. */
  makeId: () => string;
  /** Receives the notes of the other tabs. */
  onNote_: (note: Note) => void;
  /** This tab leads from now on. `hasWaited`: it followed another tab before. */
  onLead_: (hasWaited: boolean) => void;
}

export type TabGroup = ReturnType<typeof createTabGroup>;

/** Claims that differ between two tokens of one user. */
const TIMES = { iat: undefined, exp: undefined, nbf: undefined, jti: undefined };

/**
 * Returns the name of the group of a user's tabs. Compares the token's claims except its times and id. An unreadable token
 * makes a group of its own.
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

/** Creates this tab's part in a group; it begins with `enter`. */
export function createTabGroup({
  claim,
  openChannel,
  makeId,
  onNote_: onNote,
  onLead_: onLead,
}: TabGroupOptions) {
  const tab = `kabar-tab:${makeId()}`;
  let name = "";
  let channel: Channel | undefined;
  /** Aborted when this tab leaves its group; its locks go with it. */
  let stay = new AbortController();
  let isLeading = false;
  let role = Promise.resolve();

  /** Holds a lock for as long as this tab is in its group. */
  function hold(lock: string, then: (isHeld: boolean) => void, fail = ignore, more: LockOptions = {}): void {
    const { signal } = stay;
    claim(lock, more.ifAvailable ? more : { signal }).then((free) => {
      if (signal.aborted) return free?.();
      if (free) signal.addEventListener("abort", free);
      then(free !== undefined);
    }, fail);
  }
  function lead(hasWaited: boolean): void {
    isLeading = true;
    onLead(hasWaited);
  }

  return {
    /** This tab's id. */
    tab,
    /** The group's name; undefined while this tab is in none. */
    name_: (): string | undefined => channel && name,
    isLeading_: (): boolean => isLeading,
    /** Resolves once it is known whether this tab leads. */
    role_: (): Promise<void> => role,
    post: (note: Note): void => channel?.postMessage(note),
    /** Joins a group. `free` releases the group's lock, when this tab holds it already. */
    enter(group: string, free?: () => void): void {
      name = group;
      stay = new AbortController();
      const { signal } = stay;
      channel = openChannel(group);
      channel.onmessage = ({ data }) => onNote(data as Note);
      hold(tab, ignore);
      if (free) signal.addEventListener("abort", free);
      const asked = new Promise<boolean>((resolve) => {
        if (free) resolve(true);
        else hold(group, resolve, () => resolve(true), { ifAvailable: true });
      });
      role = asked.then((isHeld) => {
        if (signal.aborted) return;
        if (isHeld) lead(false);
        // The group's lock is free once the leader has gone.
        else hold(group, () => lead(true));
      });
    },
    /** Leaves the group; another tab takes the lead. */
    leave(): void {
      isLeading = false;
      stay.abort();
      channel?.close();
      channel = undefined;
    },
    /** Calls `ended` when a tab has gone: each tab holds the lock of its own name, so that acquiring the lock proves it. */
    watch_(other: string, ended: () => void): void {
      claim(other, { signal: stay.signal }).then((free) => {
        free?.();
        ended();
      }, ignore);
    },
  };
}
