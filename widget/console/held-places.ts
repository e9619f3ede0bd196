/**
 * Lists whose rows keep their places while the pointer or the focus is among them: no button moves under a hand that is about to press it.
 * Elsewhere a list is as the server tells it.
 */
import { useRef, useState } from "preact/hooks";

/** What stays and what comes while a list is held. */
export interface Holding<T> {
  keyOf: (row: T) => unknown;
  /** Where new rows come: at the end, or not before the list is let go, as for a list that grows at its beginning and loses its end. */
  news: "last" | "later";
}

/** The rows of before in their present form, with new ones as `holding` says; pure. */
export function keepPlaces<T>(before: readonly T[], now: readonly T[], { keyOf, news }: Holding<T>): T[] {
  const present = new Map(now.map((row) => [keyOf(row), row]));
  if (news === "later") return before.map((row) => present.get(keyOf(row)) ?? row);
  const kept = before.flatMap((row) => present.get(keyOf(row)) ?? []);
  const known = new Set(before.map(keyOf));
  return [...kept, ...now.filter((row) => !known.has(keyOf(row)))];
}

/** Holds a list, unless it answers another question than before (`about`); `listeners` are what its element listens to. */
export function useHeldPlaces<T>(fresh: readonly T[], holding: Holding<T>, about = "") {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const before = useRef<{ rows: readonly T[]; about: string }>({ rows: [], about });
  const { rows } = before.current;
  const isHeld = (isPointed || isFocused) && rows.length > 0 && before.current.about === about;
  const shown = isHeld ? keepPlaces(rows, fresh, holding) : fresh;
  before.current = { rows: shown, about };
  const listeners = {
    // A finger does not stay above what it has touched.
    onPointerEnter: ({ pointerType }: PointerEvent) => setPointed(pointerType === "mouse"),
    onPointerLeave: () => setPointed(false),
    onFocusIn: () => setFocused(true),
    onFocusOut: ({ currentTarget, relatedTarget }: FocusEvent) =>
      setFocused((currentTarget as Element).contains(relatedTarget as Node | null)),
  };
  return { shown, listeners };
}
