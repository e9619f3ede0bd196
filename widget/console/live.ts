/**
 * The health of the server as Home shows it: from the server's stream while the tab is visible, and by asking at intervals while the
 * stream is silent, as behind a proxy that delays events or with too many readers. Knows nothing of drawing.
 */
import { useEffect, useState } from "preact/hooks";
import type { HealthWarning, Vital } from "../../src/model.ts";
import { usePolled } from "./polled.ts";

/** The stream brings something each second: without anything for so long, Home asks by itself. */
const SILENCE_MS = 4000;
const HEALTH_MS = 3000;
const SERIES_MS = 10_000;
/** How long after the server has refused the stream it is tried again. */
const REFUSED_MS = 30_000;
/** Points of a plot. */
const MAX_POINTS = 360;

export interface Health {
  now: number;
  startedAt: number;
  version: string;
  node: string;
  nodes: { id: string; name: string; version: string; startedAt: number; seenAt: number }[];
  ready: boolean;
  warnings: HealthWarning[];
  sessions: number;
  messages: number;
  errors: Record<string, number>;
  tailLagS?: number;
  memoryBytes: number;
  logBytes?: number;
  disk?: { freeBytes: number; totalBytes: number };
  /** Absent where the log is in a database, which has backups of its own. */
  backups?: { newestAt?: number; kept?: number; oldestAt?: number };
}

/** A vital sign that has a plot. */
export type Sign = Exclude<keyof Vital, "at">;
/** Values of each vital sign, oldest first. */
export type Series = Record<Sign | "at", number[]>;
export type Span = "hour" | "day";

/** A series with new points at its end, as long as a plot at most. */
export function addPoints(series: Series, news: Series): Series {
  const joined = Object.entries(series).map(([name, values]) => {
    const added: unknown = news[name as keyof Series];
    // The answer also has the time between two points, which is no list.
    return [
      name,
      Array.isArray(values) && Array.isArray(added) ? [...values, ...added].slice(-MAX_POINTS) : values,
    ];
  });
  return Object.fromEntries(joined) as Series;
}

interface Streamed {
  span: Span;
  health?: Health;
  series?: Series;
}

/** Reads the stream of a span while the tab is visible. `isSilent` is true while nothing comes. */
function useStream(span: Span): Streamed & { isSilent: boolean } {
  const [streamed, setStreamed] = useState<Streamed>({ span });
  const [isSilent, setSilent] = useState(false);
  useEffect(() => {
    let stream: EventSource | undefined;
    let silence: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => setSilent(true), SILENCE_MS);
    };
    const close = () => {
      stream?.close();
      stream = undefined;
      clearTimeout(silence);
      clearTimeout(again);
    };
    const takers: Record<string, (before: Streamed, data: unknown) => Streamed> = {
      health: (before, data) => ({ ...before, health: data as Health }),
      series: (before, data) => ({ ...before, span, series: data as Series }),
      points: (before, data) =>
        before.series ? { ...before, series: addPoints(before.series, data as Series) } : before,
    };
    function open(): void {
      close();
      listen();
      const opened = new EventSource(`api/admin/health/events?window=${span}`);
      stream = opened;
      for (const [type, take] of Object.entries(takers))
        opened.addEventListener(type, ({ data }: MessageEvent<string>) => {
          listen();
          setSilent(false);
          setStreamed((before) => take(before, JSON.parse(data)));
        });
      opened.onerror = () => {
        // A lost connection comes back by itself; a refusal is final.
        if (opened.readyState !== EventSource.CLOSED) return;
        close();
        setSilent(true);
        again = setTimeout(open, REFUSED_MS);
      };
    }
    const follow = () => (document.visibilityState === "visible" ? open() : close());
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      close();
      document.removeEventListener("visibilitychange", follow);
    };
  }, [span]);
  return { ...streamed, isSilent };
}

export interface LiveHealth {
  health?: Health | undefined;
  series?: Series | undefined;
  /** Why nothing comes; undefined while the server answers. */
  trouble?: string | undefined;
}

/** Keeps the health of the server and the plots of a span current. */
export function useLiveHealth(span: Span): LiveHealth {
  const streamed = useStream(span);
  const asked = usePolled<Health>(streamed.isSilent ? "health" : undefined, HEALTH_MS);
  const plots = usePolled<Series>(streamed.isSilent ? `health/series?window=${span}` : undefined, SERIES_MS);
  return {
    health: asked.data ?? streamed.health,
    series: plots.data ?? (streamed.span === span ? streamed.series : undefined),
    trouble: asked.trouble,
  };
}
