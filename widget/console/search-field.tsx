/** A field that searches while one types, a moment after the last letter. `/` moves the focus into it. */
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useHotkeys } from "./hotkeys.ts";

const TYPING_MS = 250;

/** The text of the field, and the text that is searched for; both begin with `first`. */
export function useSearch(first = ""): { search: string; setSearch: (text: string) => void; wanted: string } {
  const [search, setSearch] = useState(first);
  const [wanted, setWanted] = useState(first.trim());
  useEffect(() => {
    const timer = setTimeout(() => setWanted(search.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [search]);
  return { search, setSearch, wanted };
}

/** Draws the field. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => field.current?.focus() });
  return (
    <input
      ref={field}
      class="wide"
      type="search"
      aria-label={label}
      placeholder={label}
      maxLength={64}
      value={value}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
