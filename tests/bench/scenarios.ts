/**
 * Scenarios of the benchmark: each names its job, its peers and Kabar's target. A scenario that needs more than a job
 * against a peer (a filled log, a start) has a function of its own in special.ts.
 */
import type { DialectName } from "./dialects.ts";
import type { Figures } from "./jobs.ts";
import type { JobPlan } from "./measure.ts";
import type { Peer } from "./peer.ts";

/** Of every text, in bytes: a line of chat. */
export const TEXT_BYTES = 100;
/** Connections that publish, in scenarios with many subscribers; they are subscribed too. */
const PUBLISHERS = 10;
/** A saturated topic has this many messages on their way. */
const SATURATED_IN_FLIGHT = 64;

export interface Scenario {
  name: string;
  title: string;
  /** The figure that tables show, and how it is said. */
  figure: (figures: Figures) => number | undefined;
  unit: string;
  /** Whether a smaller figure is better. */
  less: boolean;
  /** The job for a peer, or undefined when it has no part in this. */
  plan: (peer: Peer, seconds: number) => JobPlan | undefined;
  env?: Record<string, string>;
  /** Only bare Bun and Kabar. */
  duel?: boolean;
}

type Plan = (peer: Peer, seconds: number) => JobPlan | undefined;

const fanout =
  (more: {
    subscribers: number;
    rate: number;
    topics?: number;
    publishers?: number;
    inFlight?: number;
    mode?: "json" | "plain" | "sse";
  }): Plan =>
  (peer, seconds) => {
    const dialect: DialectName | undefined = peer.dialects[more.mode ?? "json"];
    if (dialect === undefined) return undefined;
    return {
      kind: "fanout",
      dialect,
      publisherDialect: more.mode === "plain" ? dialect : peer.dialects.json,
      topics: more.topics ?? 1,
      publishers: more.publishers ?? PUBLISHERS,
      subscribers: more.subscribers - (more.publishers ?? PUBLISHERS),
      rate: more.rate,
      inFlight: more.inFlight ?? SATURATED_IN_FLIGHT,
      seconds,
      textBytes: TEXT_BYTES,
    };
  };

const perDelivery = { figure: (f: Figures) => f.microsPerDelivery, unit: "µs of CPU a delivery", less: true };
const isKabar = (peer: Peer): boolean => peer.name.startsWith("kabar");

export const SCENARIOS: readonly Scenario[] = [
  ...[100, 1000, 4000].map((subscribers) => ({
    name: `saturated-${subscribers}`,
    title: `saturated, ${subscribers.toLocaleString("en")} subscribers`,
    ...perDelivery,
    plan: fanout({ subscribers, rate: 0 }),
  })),
  ...[100, 300].map((rate) => ({
    name: `steady-${rate}`,
    title: `${rate} messages/s to 1,000`,
    ...perDelivery,
    plan: fanout({ subscribers: 1000, rate }),
  })),
  {
    name: "small",
    title: "400 topics of 10 people, everybody talks",
    figure: (f) => f.deliveriesPerCoreSecond,
    unit: "deliveries/s a core",
    less: false,
    plan: fanout({ topics: 400, subscribers: 10, publishers: 10, rate: 0, inFlight: 10 }),
  },
  {
    name: "plain",
    title: "plain mode, 100 messages/s to 1,000",
    ...perDelivery,
    duel: true,
    plan: fanout({ subscribers: 1000, rate: 100, mode: "plain" }),
  },
  {
    name: "sse",
    title: "server-sent events, 100 messages/s to 500",
    ...perDelivery,
    plan: fanout({ subscribers: 510, rate: 100, mode: "sse" }),
  },
  {
    name: "silence",
    title: "a message after silence, to 100",
    figure: (f) => f.latency?.p50,
    unit: "ms, median",
    less: true,
    duel: true,
    plan: (peer) => ({
      kind: "silence",
      dialect: peer.dialects.json,
      subscribers: 100,
      messages: 15,
      pauseMs: 200,
    }),
  },
  {
    name: "durable",
    title: "publishes acknowledged after fsync",
    figure: (f) => f.acksPerSecond,
    unit: "acks/s",
    less: false,
    plan: (peer, seconds) =>
      isKabar(peer)
        ? {
            kind: "acks",
            dialect: "kabar-quiet",
            connections: 50,
            inFlight: 20,
            seconds,
            textBytes: TEXT_BYTES,
          }
        : undefined,
  },
  {
    name: "idle",
    title: "10,000 idle subscribed connections",
    figure: (f) => f.bytesPerConnection,
    unit: "bytes a connection",
    less: true,
    plan: (peer) => ({
      kind: "idle",
      dialect: peer.dialects.json,
      connections: 10_000,
      settleSeconds: 3,
      seconds: 2,
    }),
  },
  ...[5000, 10_000].map((people) => ({
    name: `people-${people}`,
    title: `${people.toLocaleString("en")} people come and go`,
    figure: (f: Figures) => f.cpuSeconds,
    unit: "s of CPU",
    less: true,
    plan: (peer: Peer): JobPlan | undefined =>
      isKabar(peer) ? { kind: "storm", dialect: "kabar-people", people } : undefined,
  })),
  {
    name: "resume",
    title: "4,000 come back, 100 missed messages each",
    figure: (f) => f.messagesPerCoreSecond,
    unit: "messages/s a core",
    less: false,
    duel: true,
    plan: (peer) => ({
      kind: "resume",
      dialect: isKabar(peer) ? "kabar-quiet" : peer.dialects.json,
      connections: 4000,
      missed: 100,
      textBytes: TEXT_BYTES,
    }),
  },
];
