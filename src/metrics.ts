/**
 * Counters and histograms in Prometheus text format.
 * Counted per batch and per session, never per delivery: a message to ten thousand subscribers is one addition.
 */
// The parts by themselves: the package's entry also loads a push gateway and a cluster, a third of the time of a start.
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";

export type Metrics = ReturnType<typeof createMetrics>;

/** Sums of the metrics, since the start where they count. */
export interface Totals {
  /** Open sessions now. */
  sessions: number;
  messages: number;
  deliveries: number;
  /** Errors answered, by code. */
  errors: Record<string, number>;
  commits: number;
  commitSeconds: number;
  /** How far the tail is behind the database, in seconds; undefined where no other process writes the log. */
  tailLagS: number | undefined;
}

/** Creates the metrics of one server, so that two servers in one process count separately. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name: `kabar_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name: `kabar_${name}`, help, labelNames, registers });

  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time of the process",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });

  const sessions = gauge("sessions", "Open WebSocket sessions and event streams", ["mode"]);
  const appended = counter("messages_appended_total", "Messages stored");
  const delivered = counter(
    "deliveries_total",
    "Messages sent to live subscribers: messages times subscribers",
  );
  const errors = counter("errors_total", "Errors answered, by code", ["code"]);
  const commitSeconds = new Histogram({
    name: "kabar_commit_seconds",
    help: "Time of one group commit, fsync included",
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2],
    registers,
  });

  /** Lags of the tails, one a database. */
  const tailLags: (() => number)[] = [];

  return {
    sessions,
    appended,
    repeated: counter("messages_repeated_total", "Publishes answered with an earlier result"),
    delivered,
    replayed: counter("replayed_total", "Messages replayed to readers who caught up"),
    resumes: counter("resumes_total", "Subscriptions with a cursor, by result", ["result"]),
    errors,
    closes: counter("closes_total", "Sessions closed by the server, by reason", ["reason"]),
    hookDeliveries: counter("hook_deliveries_total", "Attempts to send an event to a webhook, by result", [
      "result",
    ]),
    pushes: counter("pushes_total", "Push messages sent to push services, by result", ["result"]),
    trimmed: counter("messages_trimmed_total", "Messages removed by retention"),
    commitSeconds,
    commitEntries: new Histogram({
      name: "kabar_commit_entries",
      help: "Messages in one group commit",
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    }),
    /** Registers the node of a cluster: its id and version as labels, and how many nodes it knows. */
    watchCluster(node: string, version: string, countNodes: () => number): void {
      gauge("node_info", "The node that answers", ["node", "version"]).set({ node, version }, 1);
      new Gauge({
        name: "kabar_nodes",
        help: "Nodes that are alive, as this node knows them",
        registers,
        collect() {
          this.set(countNodes());
        },
      });
    },
    /** Registers how many seconds a log's tail is behind its database. Only a log that other processes write has one. */
    watchTailLag(seconds: () => number): void {
      if (tailLags.push(seconds) > 1) return;
      new Gauge({
        name: "kabar_tail_lag_seconds",
        help: "How far the tail of the log is behind the database",
        registers,
        collect() {
          this.set(Math.max(...tailLags.map((read) => read())));
        },
      });
    },
    /** Sums of what has happened since the start, and of what is now, for the owner's console. */
    async totals(): Promise<Totals> {
      const [open, stored, sent, refused, commit] = await Promise.all([
        sessions.get(),
        appended.get(),
        delivered.get(),
        errors.get(),
        commitSeconds.get(),
      ]);
      const sumOf = ({ values }: { values: readonly { value: number }[] }) =>
        values.reduce((sum, { value }) => sum + value, 0);
      const part = (name: string) =>
        commit.values.find(({ metricName }) => metricName === `kabar_commit_seconds_${name}`)?.value ?? 0;
      return {
        sessions: sumOf(open),
        messages: sumOf(stored),
        deliveries: sumOf(sent),
        errors: Object.fromEntries(refused.values.map(({ labels, value }) => [String(labels.code), value])),
        commits: part("count"),
        commitSeconds: part("sum"),
        tailLagS: tailLags.length === 0 ? undefined : Math.max(...tailLags.map((read) => read())),
      };
    },
    /** Registers how many messages a search does not find yet. */
    watchIndex(unindexed: () => number): void {
      new Gauge({
        name: "kabar_search_unindexed_messages",
        help: "Messages of an earlier version that the search does not find yet",
        registers,
        collect() {
          this.set(unindexed());
        },
      });
    },
    contentType: registry.contentType,
    /** The text for `GET /metrics`. */
    render: (): Promise<string> => registry.metrics(),
  };
}
