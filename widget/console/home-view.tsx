/** Home: whether the server is well, in words, in numbers and in plots of the last hour or day. Follows the server live. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { inBytes, inNumber, When } from "./bits.tsx";
import { Plot } from "./plot.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";

interface Health {
  now: number;
  startedAt: number;
  version: string;
  node: string;
  nodes: { id: string; name: string; version: string; startedAt: number; seenAt: number }[];
  ready: boolean;
  warnings: string[];
  sessions: number;
  messages: number;
  errors: Record<string, number>;
  tailLagS?: number;
  memoryBytes: number;
  logBytes?: number;
  disk?: { freeBytes: number; totalBytes: number };
}

type Sign = "sessions" | "messagesPerS" | "deliveriesPerS" | "errorsPerMin" | "commitMs" | "memoryBytes";
type Series = Record<Sign | "at", number[]> & { stepMs: number };

const HEALTH_MS = 3000;
const SERIES_MS = 10_000;
const inMs = (value: number) => `${inNumber(value)} ms`;

const PLOTS: readonly { sign: Sign; title: string; show: (value: number) => string }[] = [
  { sign: "messagesPerS", title: "Messages a second", show: inNumber },
  { sign: "deliveriesPerS", title: "Deliveries a second", show: inNumber },
  { sign: "sessions", title: "Open sessions", show: inNumber },
  { sign: "commitMs", title: "Time of a commit", show: inMs },
  { sign: "errorsPerMin", title: "Errors a minute", show: inNumber },
  { sign: "memoryBytes", title: "Memory", show: inBytes },
];

/** Draws a number with its name. */
const Tile = ({ name, value, note }: { name: string; value: string; note?: string }) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd>
      {value}
      {note !== undefined && <span class="muted"> {note}</span>}
    </dd>
  </div>
);

function State({ health, trouble }: { health: Health | undefined; trouble: string | undefined }) {
  if (trouble !== undefined) return <p class="state is-bad">{trouble}</p>;
  if (!health) return <p class="state muted">Looking…</p>;
  const [grade, words] = !health.ready
    ? ["is-bad", "Messages cannot be stored now."]
    : health.warnings.length > 0
      ? ["is-warning", "Works, with something to look at."]
      : ["is-good", "All is well."];
  return (
    <div class={`state ${grade}`}>
      <p>{words}</p>
      {health.warnings.length > 0 && (
        <ul>
          {health.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

const Numbers = ({ health }: { health: Health }) => (
  <dl class="tiles">
    <Tile name="Open sessions" value={inNumber(health.sessions)} />
    <Tile name="Messages stored" value={inNumber(health.messages)} />
    <Tile name="Memory" value={inBytes(health.memoryBytes)} />
    {health.logBytes !== undefined && <Tile name="Log" value={inBytes(health.logBytes)} />}
    {health.disk && (
      <Tile
        name="Disk free"
        value={inBytes(health.disk.freeBytes)}
        note={`of ${inBytes(health.disk.totalBytes)}`}
      />
    )}
    {health.tailLagS !== undefined && (
      <Tile name="Behind the database" value={`${inNumber(health.tailLagS)} s`} />
    )}
    <Tile name="Version" value={health.version} />
    <div class="tile">
      <dt>Started</dt>
      <dd>
        <When at={health.startedAt} />
      </dd>
    </div>
  </dl>
);

const Nodes = ({ health }: { health: Health }) => (
  <section aria-labelledby="nodes">
    <h2 id="nodes">Nodes</h2>
    <ul class="rows">
      {health.nodes.map(({ id, name, version, startedAt, seenAt }) => (
        <li key={id} class="row">
          <div class="grow">
            <strong>{name}</strong>
            {id === health.node && <span class="badge">answers here</span>}
          </div>
          <span class="muted">
            version {version}, started <When at={startedAt} />, last sign of life <When at={seenAt} />
          </span>
        </li>
      ))}
    </ul>
  </section>
);

const Errors = ({ errors }: { errors: Record<string, number> }) => {
  const sorted = Object.entries(errors).sort(([, a], [, b]) => b - a);
  if (sorted.length === 0) return null;
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">Errors answered since the start</h2>
      <ul class="rows">
        {sorted.map(([code, count]) => (
          <li key={code} class="row">
            <code class="grow">{code}</code>
            <span>{inNumber(count)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
};

/** Draws the view. */
export function HomeView(_: ViewProps) {
  const [span, setSpan] = useState<"hour" | "day">("hour");
  const { data: health, trouble } = usePolled<Health>("health", HEALTH_MS);
  const { data: series } = usePolled<Series>(`health/series?window=${span}`, SERIES_MS);
  return (
    <div>
      <div class="head">
        <h1 tabIndex={-1}>Home</h1>
        <div class="choices" role="group" aria-label="Time of the plots">
          {(["hour", "day"] as const).map((name) => (
            <button
              key={name}
              class="plain outlined"
              type="button"
              aria-pressed={span === name}
              onClick={() => setSpan(name)}
            >
              Last {name}
            </button>
          ))}
        </div>
      </div>
      <State health={health} trouble={trouble} />
      {health && <Numbers health={health} />}
      <div class="plots">
        {PLOTS.map(({ sign, title, show }) => (
          <Plot key={sign} title={title} show={show} values={series?.[sign] ?? []} at={series?.at ?? []} />
        ))}
      </div>
      {health && health.nodes.length > 1 && <Nodes health={health} />}
      {health && <Errors errors={health.errors} />}
    </div>
  );
}
