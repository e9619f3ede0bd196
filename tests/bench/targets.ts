/** Targets of Kabar, each with its figure. */
import { type EmbedColumn, embedFigure } from "./embed-report.ts";
import { medianFigure, medianRun, ratioToBun, type Results } from "./results.ts";

/** A target beside what was measured. */
export interface Outcome {
  target: string;
  figure: string;
  /** Undefined when it was not measured. */
  met: boolean | undefined;
}

const count = (value: number): string => Math.round(value).toLocaleString("en");
const times = (value: number): string => `${value.toFixed(2)} ×`;
const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;

function outcome(
  target: string,
  value: number | undefined,
  show: (value: number) => string,
  met: (value: number) => boolean,
  more = "",
): Outcome {
  if (value === undefined || Number.isNaN(value)) return { target, figure: "not measured", met: undefined };
  return { target, figure: show(value) + more, met: met(value) };
}

const ratio = (results: Results, title: string, scenario: string, limit: number): Outcome =>
  outcome(
    `${title}: CPU a delivery at most ${limit.toFixed(1)} × bare Bun`,
    ratioToBun(results, scenario),
    times,
    (value) => value <= limit,
  );

function extraP99(results: Results): Outcome {
  const [own, bun] = ["kabar", "bun"].map((peer) => medianRun(results, "steady-100", peer)?.latency?.p99);
  return outcome(
    "100/s to 1,000: p99 at most bare Bun's + 25 ms",
    own === undefined || bun === undefined ? undefined : own - bun,
    (value) => `${value >= 0 ? "+" : ""}${ms(value)} (${ms(own ?? 0)} against ${ms(bun ?? 0)})`,
    (value) => value <= 25,
  );
}

/** Servers somebody could pick instead: bare Bun is the yardstick, not a server. */
const PICKABLE = ["ws", "socket.io", "gorilla", "centrifugo", "centrifugo-redis", "nchan"];

function smallTopics(results: Results): Outcome {
  const own = medianFigure(results, "small", "kabar");
  const best = Math.max(...PICKABLE.map((peer) => medianFigure(results, "small", peer) ?? 0));
  return outcome(
    "400 topics of 10: at least 3 × the deliveries per core of the best peer",
    own === undefined || best === 0 ? undefined : own / best,
    times,
    (value) => value >= 3,
    ` (${count(own ?? 0)} against ${count(best)} a core and second)`,
  );
}

function history(results: Results): Outcome[] {
  const p99 = (name: string): number | undefined => results.history?.figures[name]?.latency?.p99;
  const share = (a: string, b: string): number | undefined => {
    const [x, y] = [p99(a), p99(b)];
    return x === undefined || y === undefined ? undefined : x / y;
  };
  const shown = (name: string): string => ms(p99(name) ?? 0);
  return [
    outcome(
      `a page of ${count(results.history?.messages ?? 10_000_000)} messages: p99 at most 2 × the same query behind Bun.serve`,
      share("kabar-big", "bun-big"),
      times,
      (value) => value <= 2,
      ` (${shown("kabar-big")} against ${shown("bun-big")}; the query alone ${shown("query-big")})`,
    ),
    outcome(
      "the same page in a log of 10,000: flat, at most 2 × apart",
      share("kabar-big", "kabar-small"),
      times,
      (value) => value <= 2,
      ` (${shown("kabar-big")} against ${shown("kabar-small")})`,
    ),
  ];
}

/** Costs of the widget to a page beside their targets, at the machine's own speed. */
export function judgeWidget(results: Results): Outcome[] {
  const of = (chat: string, column: EmbedColumn): number | undefined =>
    embedFigure(results, chat, column, false);
  const budget = (title: string, column: EmbedColumn, limit: number): Outcome =>
    outcome(title, of("kabar", column), ms, (value) => value <= limit);
  const against = (title: string, column: EmbedColumn, other: string, limit: number): Outcome => {
    const [own, base] = [of("kabar", column), of(other, column)];
    return outcome(
      title,
      own === undefined || !base ? undefined : own / base,
      times,
      (value) => value <= limit,
      ` (${ms(own ?? 0)} against ${ms(base ?? 0)})`,
    );
  };
  return [
    against("widget: the launcher at most 2 × an empty script tag", "first", "script", 2),
    against("widget: all 50 rows at most Deep Chat's with names and avatars", "list", "deep-chat-full", 1),
    budget("widget: no task above 13 ms until all is loaded", "longest", 13),
    budget("widget: no task above 12 ms at 50 messages/s", "crowdLongest", 12),
    outcome(
      "widget: layout shift at most 0.05, 50 messages/s included",
      of("kabar", "shift"),
      (value) => value.toFixed(3),
      (value) => value <= 0.05,
    ),
  ];
}

/** Every target beside its figure. */
export function judge(results: Results): Outcome[] {
  const figure = (scenario: string): number | undefined => medianFigure(results, scenario, "kabar");
  const idle = medianRun(results, "idle", "kabar");
  const [five, ten] = [figure("people-5000"), figure("people-10000")];
  const [silence, bareSilence] = [figure("silence"), medianFigure(results, "silence", "bun")];
  return [
    ratio(results, "saturated, 100 subscribers", "saturated-100", 1),
    ratio(results, "saturated, 1,000 subscribers", "saturated-1000", 1),
    ratio(results, "saturated, 4,000 subscribers", "saturated-4000", 1),
    ratio(results, "100/s to 1,000", "steady-100", 0.5),
    extraP99(results),
    ratio(results, "300/s to 1,000", "steady-300", 0.4),
    smallTopics(results),
    outcome(
      "durable publishes: at least 30,000 acks/s after fsync",
      figure("durable"),
      (value) => `${count(value)}/s`,
      (value) => value >= 30_000,
      ` (ack p99 ${ms(medianRun(results, "durable", "kabar")?.latency?.p99 ?? 0)})`,
    ),
    outcome(
      "idle: at most 4 KB a connection, identity and cursor included",
      idle?.bytesPerConnection,
      (value) => `${count(value)} bytes`,
      (value) => value <= 4096,
      ` (bare Bun ${count(medianFigure(results, "idle", "bun") ?? 0)})`,
    ),
    outcome(
      "10,000 people come and go: at most 2.3 × the CPU of 5,000",
      five === undefined || ten === undefined ? undefined : ten / five,
      times,
      (value) => value <= 2.3,
    ),
    outcome(
      "resume of 4,000 × 100: at least 80 % of a bare send loop's messages per core",
      ratioToBun(results, "resume"),
      (value) => `${Math.round(value * 100)} %`,
      (value) => value >= 0.8,
    ),
    ...history(results),
    outcome(
      "start to the first connection: at most 150 ms",
      results.start?.latency?.p50,
      ms,
      (value) => value <= 150,
    ),
    outcome(
      "the first message after silence is not held back: median at most bare Bun's + one fsync (10 ms)",
      silence === undefined || bareSilence === undefined ? undefined : silence - bareSilence,
      (value) => `+${ms(value)} (${ms(silence ?? 0)} against ${ms(bareSilence ?? 0)})`,
      (value) => value <= 10,
    ),
  ];
}
