/**
 * The emoji picker, loaded when it is first opened: a small choice in groups, found by English words, drawn with the system's
 * own glyphs. A search field over a grid with one stop of the Tab key: arrow keys go from cell to cell and back into the
 * field, typing searches from anywhere. It says what was taken and when it is done; where that goes is tray.ts's.
 */
import type { ComponentChildren, h as H } from "preact";
import css from "./emoji-picker.css";
import { EMOJI_GROUPS } from "./emoji-list.ts";
import type { Wear } from "../../chat/wear.ts";
import type { Words } from "../../words/later-words.ts";

/** What the picker needs. */
export interface PickerTools {
  h: typeof H;
  root: HTMLElement;
  words: Words["emoji"];
  wear: Wear;
  redraw_(): void;
  onTake(emoji: string): void;
  /** Esc. */
  onLeave(): void;
}

export type Picker = ReturnType<typeof createPicker>;

const COLUMNS = 8;

interface Emoji {
  glyph: string;
  name: string;
  /** Its name and further words, as they are searched. */
  found: string;
}

/** "😀 grinning/happy" is a glyph, its name, and words by which it is found, too. */
const GROUPS = EMOJI_GROUPS.map((group) =>
  group.split(",").map((item): Emoji => {
    const [glyph = "", ...rest] = item.split(" ");
    const [name = "", more = ""] = rest.join(" ").split("/");
    return { glyph, name, found: ` ${name} ${more}` };
  }),
);

/** Those with a word that begins like each of the query's. */
export function findEmoji(query: string): Emoji[] {
  const asked = query.toLowerCase().split(/\s+/).filter(Boolean);
  return GROUPS.flat().filter(({ found }) => asked.every((word) => found.includes(` ${word}`)));
}

const rowsOf = (emoji: readonly Emoji[]): Emoji[][] =>
  Array.from({ length: Math.ceil(emoji.length / COLUMNS) }, (_, i) =>
    emoji.slice(i * COLUMNS, (i + 1) * COLUMNS),
  );

/** Makes a picker; it is drawn wherever `draw` is called. */
export function createPicker({ h, root, wear, words, redraw_: redraw, onTake, onLeave }: PickerTools) {
  let query = "";
  /** The cell that the Tab key reaches. */
  let [row, column] = [0, 0];

  wear(css);

  const groups = (): Emoji[][] => (query.trim() ? [findEmoji(query)] : GROUPS);
  const rows = (): Emoji[][] => groups().flatMap(rowsOf);
  const box = () => root.querySelector<HTMLElement>(".emoji");
  const field = () => box()?.querySelector("input");

  function focusCell(): void {
    redraw();
    requestAnimationFrame(() => {
      const cell = box()?.querySelector<HTMLElement>("[tabindex='0']");
      const grid = cell?.closest<HTMLElement>("[role=grid]");
      if (!cell || !grid) return;
      cell.focus({ preventScroll: true });
      // Only our own box is scrolled, never the page around it.
      const above = cell.offsetTop - grid.scrollTop;
      if (above < 24) grid.scrollTop += above - 24;
      else if (above + cell.offsetHeight > grid.clientHeight)
        grid.scrollTop += above + cell.offsetHeight - grid.clientHeight;
    });
  }
  function search(event: Event): void {
    query = (event.target as HTMLInputElement).value;
    row = column = 0;
    redraw();
  }

  /** To the next cell, or the one before, also over the end of a row. */
  function step(by: 1 | -1): void {
    const all = rows();
    const [width, before] = [all[row]?.length ?? 0, all[row - 1]?.length ?? 0];
    if (column + by >= 0 && column + by < width) column += by;
    else if (by > 0 && row + 1 < all.length) [row, column] = [row + 1, 0];
    else if (by < 0 && row > 0) [row, column] = [row - 1, before - 1];
  }
  /** Above the first row is the field. */
  function climb(by: 1 | -1): boolean {
    const all = rows();
    if (row + by < 0) return false;
    row = Math.min(row + by, all.length - 1);
    column = Math.max(0, Math.min(column, (all[row]?.length ?? 1) - 1));
    return true;
  }
  /** What the keys do in the grid; false leads back to the field. */
  const moves: Readonly<Record<string, () => unknown>> = {
    ArrowUp: () => climb(-1),
    ArrowDown: () => climb(1),
    ArrowRight: () => step(root.matches(":dir(rtl)") ? -1 : 1),
    ArrowLeft: () => step(root.matches(":dir(rtl)") ? 1 : -1),
    Home: () => {
      column = 0;
    },
    End: () => {
      column = (rows()[row]?.length ?? 1) - 1;
    },
  };

  function choose(): void {
    const chosen = rows()[row]?.[column];
    if (chosen) onTake(chosen.glyph);
  }
  function back(): void {
    field()?.focus({ preventScroll: true });
  }
  /** Whether the key was for the grid; what is typed there goes into the field. */
  function actInGrid(key: string): boolean {
    const move = moves[key];
    if (key === "Enter" || key === " ") choose();
    else if (move && move() === false) back();
    else if (move) focusCell();
    else if (key.length === 1) back();
    return key === "Enter" || key === " " || !!move;
  }
  function actInField(key: string): boolean {
    if (key === "ArrowDown") focusCell();
    else if (key === "Enter" && query.trim()) choose();
    return /^(ArrowDown|Enter)$/.test(key);
  }
  function onKeyDown(event: KeyboardEvent): void {
    const { key, isComposing, keyCode, ctrlKey, metaKey, altKey } = event;
    if (isComposing || keyCode === 229 || ctrlKey || metaKey || altKey) return;
    if (key === "Escape") onLeave();
    else if (!(event.target === field() ? actInField : actInGrid)(key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  function drawGroup(emoji: Emoji[], index: number, before: number): ComponentChildren {
    const title = query.trim() ? words.found(emoji.length) : (words.groups[index] ?? "");
    return (
      <div role="rowgroup" aria-label={title} key={index}>
        <p aria-hidden>{title}</p>
        {rowsOf(emoji).map((cells, r) => (
          <div role="row" class="cells" key={r}>
            {cells.map(({ glyph, name }, c) => (
              <span
                role="gridcell"
                key={glyph}
                tabIndex={before + r === row && c === column ? 0 : -1}
                aria-label={name}
                title={name}
                onClick={() => onTake(glyph)}
              >
                {glyph}
              </span>
            ))}
          </div>
        ))}
      </div>
    );
  }

  return {
    /** `room` is the height there is, and `up` how far from the lower edge it begins. */
    draw(room: string, up: string): ComponentChildren {
      let before = 0;
      const drawn = groups().map((emoji, i) => {
        const group = drawGroup(emoji, i, before);
        before += rowsOf(emoji).length;
        return group;
      });
      return (
        <div
          class="popup emoji"
          role="dialog"
          aria-label={words.title}
          style={{ "--_room": room, "--_up": up }}
          onKeyDown={onKeyDown}
        >
          <input
            type="search"
            aria-label={words.search}
            placeholder={words.search}
            autoComplete="off"
            onInput={search}
          />
          <div role="grid" aria-label={words.title}>
            {drawn}
          </div>
          <span class="sr" role="status">
            {query.trim() && words.found(findEmoji(query).length)}
          </span>
        </div>
      );
    },
    /** A touch screen's keyboard would cover what was just opened. */
    focus(): void {
      if (matchMedia("(pointer: coarse)").matches) focusCell();
      else field()?.focus({ preventScroll: true });
    },
  };
}
