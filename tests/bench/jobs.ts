/** Jobs of the load process and their results: the contract between bench.ts and load.ts. */
import type { DialectName } from "./dialects.ts";
import type { Percentiles } from "./latencies.ts";

/** Where the server under test is. */
export interface Target {
  port: number;
  /** All of its processes: their CPU time and memory are added up. */
  pids: number[];
  /** The database or broker that it uses, which is counted apart, with the processes that it has started. */
  storePid?: number;
}

/** Messages to many. */
export interface FanoutJob extends Target {
  kind: "fanout";
  /** What subscribers speak, and what publishers speak. Publishers are subscribed too. */
  dialect: DialectName;
  publisherDialect: DialectName;
  topics: number;
  /** In each topic. */
  subscribers: number;
  publishers: number;
  /** Messages a second in all, at times fixed in advance; 0: as fast as they are delivered. */
  rate: number;
  /** With rate 0: messages of a topic that may be on their way. */
  inFlight: number;
  seconds: number;
  textBytes: number;
  /** Ports of further nodes: the connections take the nodes in turn. */
  otherPorts?: number[];
  /** The share of a core that each process may use once it is warm. */
  cpuShare?: number;
}

/** Messages published at one node, and received there and at another. */
export interface HopJob extends Target {
  kind: "hop";
  dialect: DialectName;
  otherPort: number;
  /** At each node. */
  subscribers: number;
  publishers: number;
  rate: number;
  seconds: number;
  textBytes: number;
}

/** Publishes whose acknowledgements are waited for. */
export interface AcksJob extends Target {
  kind: "acks";
  dialect: DialectName;
  connections: number;
  inFlight: number;
  seconds: number;
  textBytes: number;
}

/** One message after each silence. */
export interface SilenceJob extends Target {
  kind: "silence";
  dialect: DialectName;
  subscribers: number;
  messages: number;
  pauseMs: number;
}

/** Connections that are subscribed and silent. */
export interface IdleJob extends Target {
  kind: "idle";
  dialect: DialectName;
  connections: number;
  settleSeconds: number;
  seconds: number;
}

/** People who all come, and all go. */
export interface StormJob extends Target {
  kind: "storm";
  dialect: DialectName;
  people: number;
}

/** All users return and receive the missed messages. */
export interface ResumeJob extends Target {
  kind: "resume";
  dialect: DialectName;
  connections: number;
  missed: number;
  textBytes: number;
}

/** Random pages of one topic's history over HTTP. */
export interface PagesJob extends Target {
  kind: "pages";
  /** The address, with BEFORE where the offset goes. */
  path: string;
  top: number;
  pages: number;
}

export type Job = FanoutJob | HopJob | AcksJob | SilenceJob | IdleJob | StormJob | ResumeJob | PagesJob;

/** Figures by name. Times are in milliseconds, CPU in seconds unless the name says otherwise. */
export interface Figures {
  /** Messages counted and checked, over the whole run. */
  delivered?: number;
  /** Messages missing, doubled or out of order. 0, or the run says nothing. */
  wrong?: number;
  cpuSeconds?: number;
  wallSeconds?: number;
  /** Share of one core that the server used. */
  core?: number;
  microsPerDelivery?: number;
  deliveriesPerSecond?: number;
  deliveriesPerCoreSecond?: number;
  acksPerSecond?: number;
  microsPerAck?: number;
  latency?: Percentiles;
  /** Of the same messages, at the other node. */
  latencyElsewhere?: Percentiles;
  /** CPU time of the database or broker, for each delivery or acknowledgement. */
  storeMicros?: number;
  residentMib?: number;
  bytesPerConnection?: number;
  joinCpuSeconds?: number;
  leaveCpuSeconds?: number;
  messagesPerCoreSecond?: number;
  /** Share of its core that the load generator used: near 1 it, not the server, was the limit. */
  loadCore?: number;
}
