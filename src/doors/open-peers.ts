/**
 * The open sessions, WebSocket and streamed: reached by user, reviewed after changes of rights, closed at shutdown.
 * The doors add and remove them. Event streams are not among them.
 */
import { createGiveWay } from "../give-way.ts";
import type { ServerEvent } from "../protocol.ts";
import type { Peer } from "./peer.ts";

/** Readers of a topic that must begin again reconnect at moments spread over this time. */
const BEGIN_AGAIN_MS = 1000;

export type OpenPeers = ReturnType<typeof createOpenPeers>;

/** Creates an empty set. `hashAddress` hashes the address of a peer. */
export function createOpenPeers(hashAddress: (address: string) => string) {
  const peers = new Set<Peer>();
  /** Number of the newest review of all sessions: a newer one replaces one that is under way. */
  let newestReview = 0;

  return {
    add: (peer: Peer): void => void peers.add(peer),

    /** False when the peer was not among them. */
    remove: (peer: Peer): boolean => peers.delete(peer),

    /** The number of open sessions. */
    size: (): number => peers.size,

    all: (): Iterable<Peer> => peers,

    /**
     * Applies changed rules and rights to every session, or to those of one user. Gives way between sessions: thousands take
     * a while. A newer review of all sessions replaces one that is under way.
     */
    async reviewRights(userId?: string): Promise<void> {
      if (userId === undefined) newestReview += 1;
      const mine = newestReview;
      const giveWay = createGiveWay();
      for (const peer of [...peers]) {
        if (userId !== undefined && peer.userId !== userId) continue;
        if (userId === undefined && mine !== newestReview) return;
        if (peers.has(peer)) peer.reviewRights();
        const turn = giveWay();
        if (turn) await turn;
      }
    },

    /** Sends an event to every session of a user. */
    sendToUser(userId: string, event: ServerEvent): void {
      for (const peer of peers) if (peer.userId === userId) peer.sendEvent(event);
    },

    /** Those of these users and topics whose user looks at the topic in a session here, as `user topic`. */
    lookers(looks: readonly { userId: string; topic: string }[]): string[] {
      const wanted = new Map<string, string[]>();
      for (const { userId, topic } of looks) wanted.set(userId, [...(wanted.get(userId) ?? []), topic]);
      return [...peers].flatMap((peer) => {
        const topics = peer.isAway || peer.userId === undefined ? [] : (wanted.get(peer.userId) ?? []);
        return topics.filter((topic) => peer.follows(topic)).map((topic) => `${peer.userId} ${topic}`);
      });
    },

    /** The hashes of the addresses of a user's open sessions. */
    addressesOf: (userId: string): string[] => [
      ...new Set(
        [...peers].filter((peer) => peer.userId === userId).map((peer) => hashAddress(peer.address)),
      ),
    ],

    /** Ends every session of a user. The close code tells clients not to reconnect. */
    endUser(userId: string): void {
      for (const peer of [...peers]) if (peer.userId === userId) peer.goodbye("revoked", 0);
    },

    /**
     * Closes the sessions that follow one of these topics. Their clients reconnect within a second and resume from their
     * cursors.
     */
    beginAgain(topics: readonly string[]): void {
      for (const peer of [...peers]) {
        if (topics.some((topic) => peer.follows(topic)))
          peer.goodbye("shutting-down", Math.floor(Math.random() * BEGIN_AGAIN_MS));
      }
    },

    /** Closes every session for a shutdown. `returnAfterMs` gives each the time after which its client may reconnect. */
    closeAll(returnAfterMs: () => number): void {
      for (const peer of [...peers]) peer.goodbye("shutting-down", returnAfterMs());
    },
  };
}
