/** A plot of one vital sign: a line over time as SVG, its newest and highest value in words, and the value under the pointer. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { inClock, words } from "./speech.ts";

const [WIDTH, HEIGHT] = [360, 64];
/** Fewer values than this do not fill the width: a server that has just started has no hour behind it. */
const FEW = 60;

/** The line through values and the area under it, as the paths of an SVG; the newest value stands at the right edge. */
export function pathsOf(values: readonly number[], slots: number): { line: string; area: string } {
  const most = Math.max(...values, Number.MIN_VALUE);
  const x = (index: number) => WIDTH - ((values.length - 1 - index) / Math.max(1, slots - 1)) * WIDTH;
  const y = (value: number) => HEIGHT - 2 - (Math.max(0, value) / most) * (HEIGHT - 6);
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
  if (points.length === 0) return { line: "", area: "" };
  const line = `M${points.join("L")}`;
  return { line, area: `${line}L${WIDTH},${HEIGHT}L${x(0).toFixed(1)},${HEIGHT}Z` };
}

export interface PlotProps {
  title: string;
  /** Values, oldest first, and their times. */
  values: readonly number[];
  at: readonly number[];
  /** A value in words. */
  show: (value: number) => string;
}

/** Draws the plot. */
export function Plot({ title, values, at, show }: PlotProps) {
  const [pointed, setPointed] = useState<number>();
  const texts = words.home.plot;
  const slots = Math.max(FEW, values.length);
  const { line, area } = pathsOf(values, slots);
  const newest = values.at(-1);
  const most = values.length > 0 ? Math.max(...values) : 0;
  const follow = (event: PointerEvent) => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const fromRight = (1 - (event.clientX - left) / width) * (slots - 1);
    setPointed(values.length - 1 - Math.round(fromRight));
  };
  const value = pointed === undefined ? undefined : values[pointed];
  const note =
    newest === undefined
      ? ""
      : value === undefined
        ? texts.since(inClock(at[0]), show(most))
        : texts.at(inClock(at[pointed ?? 0]));
  const said = newest === undefined ? texts.none(title) : texts.said(title, show(newest), show(most));
  return (
    <figure class="plot">
      <figcaption>
        <span>{title}</span>
        <strong>{value === undefined && newest === undefined ? "–" : show(value ?? newest ?? 0)}</strong>
        <span class="muted">{note}</span>
      </figcaption>
      <svg
        role="img"
        aria-label={said}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        onPointerMove={follow}
        onPointerLeave={() => setPointed(undefined)}
      >
        <path class="area" d={area} />
        <path class="curve" d={line} vector-effect="non-scaling-stroke" />
      </svg>
    </figure>
  );
}
