/** Home: whether the server is well, in words, in numbers and in plots of the last hour or day. Follows the server live. */
import { h } from "preact";
import { useState } from "preact/hooks";
import type { HealthWarning } from "../../src/model.ts";
import { Filled, When } from "./bits.tsx";
import { type Health, type Sign, type Span, useLiveHealth } from "./live.ts";
import { Plot } from "./plot.tsx";
import type { ViewProps } from "./shell.tsx";
import { logWarningInWords, troubleInWords, useServerWords } from "./server-speech.ts";
import { inBytes, inList, inNumber, inUnit, words } from "./speech.ts";

/** A warning in the language of the page; one that only the server has words for is English. */
function drawWarning({
  kind,
  text,
  cause = "",
  causeCode,
  warning,
  freeBytes = 0,
  versions = [],
  at = 0,
}: HealthWarning) {
  const say = words.home.warnings;
  const free = inBytes(freeBytes);
  switch (kind) {
    case "cannot-store":
      return (
        <Filled
          text={say.cannotStore}
          parts={{ cause: troubleInWords(causeCode) ?? <bdi lang="en">{cause}</bdi> }}
        />
      );
    case "no-file":
      return `${say.noFile} ${say.cure}`;
    case "disk-full":
      return `${say.diskFull(free)} ${say.cure}`;
    case "little-room":
      return `${say.littleRoom(free)} ${say.cure}`;
    case "versions":
      return say.versions(inList(versions));
    case "old-backup":
      return <When at={at} say={say.oldBackup} />;
    default:
      return (
        logWarningInWords(warning) ?? (
          <span lang="en" dir="ltr">
            {text}
          </span>
        )
      );
  }
}

const inMs = (value: number) => inUnit(value, "millisecond");

const PLOTS: readonly { sign: Sign; show: (value: number) => string }[] = [
  { sign: "messagesPerS", show: inNumber },
  { sign: "deliveriesPerS", show: inNumber },
  { sign: "sessions", show: inNumber },
  { sign: "commitMs", show: inMs },
  { sign: "errorsPerMin", show: inNumber },
  { sign: "memoryBytes", show: inBytes },
  { sign: "logBytes", show: inBytes },
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
  if (trouble !== undefined)
    return (
      <p class="state is-bad" dir="auto">
        {trouble}
      </p>
    );
  if (!health) return <p class="state muted">{words.common.loading}</p>;
  const grade = !health.ready ? "bad" : health.warnings.length > 0 ? "warning" : "good";
  return (
    <div class={`state is-${grade}`}>
      <p>{words.home[grade]}</p>
      {health.warnings.length > 0 && (
        <ul>
          {health.warnings.map((warning) => (
            <li key={warning.text}>{drawWarning(warning)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

const Numbers = ({ health }: { health: Health }) => (
  <dl class="tiles">
    <Tile name={words.home.sessions} value={inNumber(health.sessions)} />
    <Tile name={words.home.stored} value={inNumber(health.messages)} />
    <Tile name={words.home.memoryBytes} value={inBytes(health.memoryBytes)} />
    {health.logBytes !== undefined && <Tile name={words.home.logBytes} value={inBytes(health.logBytes)} />}
    {health.disk && (
      <Tile
        name={words.home.disk}
        value={inBytes(health.disk.freeBytes)}
        note={words.home.ofDisk(inBytes(health.disk.totalBytes))}
      />
    )}
    {health.tailLagS !== undefined && (
      <Tile name={words.home.lag} value={inUnit(health.tailLagS, "second")} />
    )}
    <Tile name={words.home.version} value={health.version} />
    <div class="tile">
      <dt>{words.home.started}</dt>
      <dd>
        <When at={health.startedAt} />
      </dd>
    </div>
    {health.backups && <BackupTile {...health.backups} />}
  </dl>
);

/** Draws how old the newest backup is, and how many there are. */
const BackupTile = ({ newestAt, kept = 0, oldestAt = 0 }: NonNullable<Health["backups"]>) => (
  <div class="tile">
    <dt>{words.home.backup.last}</dt>
    <dd>
      {newestAt === undefined ? words.home.backup.none : <When at={newestAt} />}
      {kept > 1 && (
        <div class="muted">
          <When at={oldestAt} say={(oldest) => words.home.backup.kept(kept, oldest)} />
        </div>
      )}
    </dd>
  </div>
);

/** Draws what to do where no backup is known. */
function BackupAdvice({ backups }: Pick<Health, "backups">) {
  const { never, ofDatabase } = words.home.backup;
  if (!backups) return <p class="muted">{ofDatabase}</p>;
  if (backups.newestAt !== undefined) return null;
  const command = <code dir="ltr">kabar backup backups/ --every 24h --keep 7</code>;
  return (
    <p class="muted">
      <Filled text={never} parts={{ command }} />
    </p>
  );
}

const Nodes = ({ health }: { health: Health }) => (
  <section aria-labelledby="nodes">
    <h2 id="nodes">{words.home.nodes}</h2>
    <ul class="rows">
      {health.nodes.map(({ id, name, version, startedAt, seenAt }) => (
        <li key={id} class="row">
          <div class="grow">
            <strong>{name}</strong>
            {id === health.node && <span class="badge">{words.home.answersHere}</span>}
          </div>
          <span class="muted">
            {words.home.versionOf(version)} · <When at={startedAt} say={words.home.startedAt} /> ·{" "}
            <When at={seenAt} say={words.home.seenAt} />
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
      <h2 id="errors">{words.home.errors}</h2>
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
  const [span, setSpan] = useState<Span>("hour");
  const { health, series, trouble } = useLiveHealth(span);
  useServerWords(health !== undefined && health.warnings.length > 0);
  return (
    <div>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.home}</h1>
        <div class="choices" role="group" aria-label={words.home.span}>
          {(["hour", "day"] as const).map((name) => (
            <button
              key={name}
              class="plain outlined"
              type="button"
              aria-pressed={span === name}
              onClick={() => setSpan(name)}
            >
              {words.home.spans[name]}
            </button>
          ))}
        </div>
      </div>
      <State health={health} trouble={trouble} />
      {health && <Numbers health={health} />}
      {health && <BackupAdvice {...health} />}
      <div class="plots">
        {PLOTS.filter(({ sign }) => sign !== "logBytes" || health?.logBytes !== undefined).map(
          ({ sign, show }) => (
            <Plot
              key={sign}
              title={words.home[sign]}
              show={show}
              values={series?.[sign] ?? []}
              at={series?.at ?? []}
            />
          ),
        )}
      </div>
      {health && health.nodes.length > 1 && <Nodes health={health} />}
      {health && <Errors errors={health.errors} />}
    </div>
  );
}
