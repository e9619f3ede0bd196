/**
 * The open sessions, WebSocket and streamed: reached by user, reviewed after changes of rights, closed at shutdown.
 * The doors add and remove them. Event streams are not among them.
 */
import { createGiveWay } from "../give-way.ts";
import type { ServerEvent } from "../protocol.ts";
import type { Peer } from "./peer.ts";

/** Readers of a topic that must begin again reconnect at moments spread over this time. */
const BEGIN_AGAIN_MS = 1000;

/** An open session, as an operator sees it. */
export interface OpenSession {
  id: string;
  /** How it is connected. */
  kind: Peer["mode"] | "events";
  /** When it opened, in milliseconds since 1970. */
  since: number;
  topics: string[];
  /** Its page said that nobody looks at it. */
  isAway?: boolean;
  browser?: string | undefined;
}

export type OpenPeers = ReturnType<typeof createOpenPeers>;

/** Creates an empty set. `hashAddress` hashes the address of a peer. */
export function createOpenPeers(hashAddress: (address: string) => string, now: () => number = Date.now) {
  /** Each session with the time it opened at, in milliseconds since 1970. */
  const peers = new Map<Peer, number>();
  /** Ids by which an operator names sessions, made when they are first listed. */
  const ids = new WeakMap<Peer, string>();
  /** The sessions of each user. Most users have one: a set for each would cost memory. */
  const byUser = new Map<string, Peer | Set<Peer>>();
  /** Number of the newest review of all sessions: a newer one replaces one that is under way. */
  let newestReview = 0;

  function* ofUser(userId: string): Generator<Peer> {
    const own = byUser.get(userId);
    if (own instanceof Set) yield* own;
    else if (own) yield own;
  }

  function link(userId: string | undefined, peer: Peer): void {
    if (userId === undefined) return;
    const own = byUser.get(userId);
    if (own instanceof Set) own.add(peer);
    else byUser.set(userId, own ? new Set([own, peer]) : peer);
  }

  function unlink(userId: string | undefined, peer: Peer): void {
    if (userId === undefined) return;
    const own = byUser.get(userId);
    if (own instanceof Set) own.delete(peer);
    if (own === peer || (own instanceof Set && own.size === 0)) byUser.delete(userId);
  }

  function idOf(peer: Peer): string {
    const id = ids.get(peer) ?? crypto.randomUUID();
    ids.set(peer, id);
    return id;
  }

  return {
    add(peer: Peer): void {
      if (peers.has(peer)) return;
      peers.set(peer, now());
      link(peer.userId, peer);
    },

    /** False when the peer was not among them. */
    remove(peer: Peer): boolean {
      unlink(peer.userId, peer);
      return peers.delete(peer);
    },

    /** Notes that a session is another user's than before: what is sent to a user finds the user's sessions at once. */
    changeUser(peer: Peer, before: string | undefined): void {
      if (before === peer.userId || !peers.has(peer)) return;
      unlink(before, peer);
      link(peer.userId, peer);
    },

    /** The number of open sessions. */
    size: (): number => peers.size,

    all: (): Iterable<Peer> => peers.keys(),

    /**
     * Applies changed rules and rights to every session, or to those of one user. Gives way between sessions: thousands take
     * a while. A newer review of all sessions replaces one that is under way.
     */
    async reviewRights(userId?: string): Promise<void> {
      if (userId === undefined) newestReview += 1;
      const mine = newestReview;
      const giveWay = createGiveWay();
      for (const peer of [...(userId === undefined ? peers.keys() : ofUser(userId))]) {
        if (userId === undefined && mine !== newestReview) return;
        if (peers.has(peer)) peer.reviewRights();
        const turn = giveWay();
        if (turn) await turn;
      }
    },

    /** Sends an event to every session of a user. */
    sendToUser(userId: string, event: ServerEvent): void {
      for (const peer of ofUser(userId)) peer.sendEvent(event);
    },

    /** Those of these users and topics whose user looks at the topic in a session here, as `user topic`. */
    lookers: (looks: readonly { userId: string; topic: string }[]): string[] =>
      looks
        .filter(({ userId, topic }) =>
          [...ofUser(userId)].some((peer) => !peer.isAway && peer.follows(topic)),
        )
        .map(({ userId, topic }) => `${userId} ${topic}`),

    /** The hashes of the addresses of a user's open sessions. */
    addressesOf: (userId: string): string[] => [
      ...new Set(Array.from(ofUser(userId), (peer) => hashAddress(peer.address))),
    ],

    /** The sessions of a user. */
    sessionsOf: (userId: string): OpenSession[] =>
      Array.from(ofUser(userId), (peer) => {
        const { mode: kind, browser, isAway } = peer;
        return { id: idOf(peer), kind, since: peers.get(peer) ?? 0, topics: peer.topics(), isAway, browser };
      }),

    /** Ends every session of a user, or the one with an id. The close code tells clients not to reconnect. Returns their number. */
    endUser(userId: string, id?: string): number {
      const ended = [...ofUser(userId)].filter((peer) => id === undefined || idOf(peer) === id);
      for (const peer of ended) peer.goodbye("revoked", 0);
      return ended.length;
    },

    /**
     * Closes the sessions that follow one of these topics. Their clients reconnect within a second and resume from their
     * cursors.
     */
    beginAgain(topics: readonly string[]): void {
      for (const peer of [...peers.keys()]) {
        if (topics.some((topic) => peer.follows(topic)))
          peer.goodbye("shutting-down", Math.floor(Math.random() * BEGIN_AGAIN_MS));
      }
    },

    /** Closes the sessions of pages that may no longer connect. The close code tells their clients not to reconnect. */
    endPages(isGone: (origin: string) => boolean): void {
      for (const peer of [...peers.keys()])
        if (peer.origin !== undefined && isGone(peer.origin)) peer.goodbye("origin-denied", 0);
    },

    /** Closes every session for a shutdown. `returnAfterMs` gives each the time after which its client may reconnect. */
    closeAll(returnAfterMs: () => number): void {
      for (const peer of [...peers.keys()]) peer.goodbye("shutting-down", returnAfterMs());
    },
  };
}
