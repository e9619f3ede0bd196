/**
 * The bound on the queued bytes of all sessions together: disconnects the slowest readers first.
 * Bun bounds the bytes of a single socket. A disconnected client resumes by its cursor and loses nothing.
 */
import type { Config } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import type { OpenPeers } from "./open-peers.ts";

/** The queued bytes are summed when this share of their bound may have been added since the last sum. */
const SUM_AFTER_SHARE = 0.25;

export interface SlowReadersParts {
  config: Pick<Config, "maxTotalQueuedBytes">;
  metrics: Metrics;
  peers: OpenPeers;
}

/** Creates the bound. */
export function createSlowReaders({ config, metrics, peers }: SlowReadersParts) {
  const maxBytes = config.maxTotalQueuedBytes;
  /** The most bytes that can have been queued since the last sum. */
  let publishedBytes = 0;

  /** Disconnects the slowest readers until the queued bytes of all sessions are within `max_total_queued_bytes`. */
  function disconnectSlowest(): void {
    let total = 0;
    for (const peer of peers.all()) total += peer.queuedBytes();
    if (total <= maxBytes) return;
    const slow = Array.from(peers.all(), (peer) => ({ peer, bytes: peer.queuedBytes() })).filter(
      ({ bytes }) => bytes > 0,
    );
    for (const { peer, bytes } of slow.sort((a, b) => b.bytes - a.bytes)) {
      if (total <= maxBytes) return;
      total -= bytes;
      metrics.closes.inc({ reason: "slow-reader" });
      peer.terminate();
    }
  }

  return {
    disconnectSlowest,

    /** Counts bytes published to many sockets. Called for every publish: most calls only add. */
    notePublished(bytes: number): void {
      publishedBytes += bytes;
      if (publishedBytes < maxBytes * SUM_AFTER_SHARE) return;
      publishedBytes = 0;
      setImmediate(disconnectSlowest);
    },
  };
}
