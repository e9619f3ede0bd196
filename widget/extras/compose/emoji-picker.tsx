/**
 * Emoji picker, loaded when it is first opened: a choice in groups, found by English words, drawn with the system's glyphs.
 * A search field over a grid that is one stop of the Tab key: arrow keys go from cell to cell and back into the field, Page
 * Up and Page Down from group to group, and typing searches from anywhere. A row of glyphs jumps to the groups. The owner receives the chosen emoji; where it goes is not the picker's concern.
 */
import type { ComponentChildren, h as H } from "preact";
import css from "./emoji-picker.css";
import { EMOJI_GROUPS } from "./emoji-list.ts";
import { createGridCursor } from "./grid-cursor.ts";
import type { Wear } from "../../chat/wear.ts";
import type { Words } from "../../words/later-words.ts";

/** The picker's surroundings. */
export interface PickerTools {
  h: typeof H;
  root: HTMLElement;
  words: Words["emoji"];
  wear: Wear;
  redraw_(): void;
  onTake(emoji: string): void;
  /** Called when Escape leaves the picker. */
  onLeave(): void;
}

export type Picker = ReturnType<typeof createPicker>;

const COLUMNS = 8;

interface Emoji {
  glyph: string;
  name: string;
  /** The name and further words, each after a space. */
  searched: string;
}

/** "😀 grinning/happy" is a glyph, its name, and further words that find it. */
const GROUPS = EMOJI_GROUPS.map((group) =>
  group.split(",").map((item): Emoji => {
    const [glyph = "", ...rest] = item.split(" ");
    const [name = "", more = ""] = rest.join(" ").split("/");
    return { glyph, name, searched: ` ${name} ${more}` };
  }),
);

/** Returns the emoji that have, for each word of the query, a word that begins with it. */
export function findEmoji(query: string): Emoji[] {
  const prefixes = query.toLowerCase().split(/\s+/).filter(Boolean);
  return GROUPS.flat().filter(({ searched }) => prefixes.every((word) => searched.includes(` ${word}`)));
}

const rowsOf = (emoji: readonly Emoji[]): Emoji[][] =>
  Array.from({ length: Math.ceil(emoji.length / COLUMNS) }, (_, i) =>
    emoji.slice(i * COLUMNS, (i + 1) * COLUMNS),
  );

/** Creates a picker; it appears where its `draw` is called. */
export function createPicker({ h, root, wear, words, redraw_: redraw, onTake, onLeave }: PickerTools) {
  let query = "";
  wear(css);

  const groups = (): Emoji[][] => (query.trim() ? [findEmoji(query)] : GROUPS);
  const rows = (): Emoji[][] => groups().flatMap(rowsOf);
  const cursor = createGridCursor(() => rows().map(({ length }) => length));
  const box = () => root.querySelector<HTMLElement>(".emoji");
  const field = () => box()?.querySelector("input");

  /** Focuses the cursor's cell and scrolls to it; with `isJump`, its group stands at the top. */
  function focusCell(isJump = false): void {
    redraw();
    requestAnimationFrame(() => {
      const cell = box()?.querySelector<HTMLElement>("[tabindex='0']");
      const grid = cell?.closest<HTMLElement>("[role=grid]");
      if (!cell || !grid) return;
      cell.focus({ preventScroll: true });
      // Scrolls our own box only, never the page around it.
      const above = cell.offsetTop - grid.scrollTop;
      if (above < 24 || isJump) grid.scrollTop += above - 24;
      else if (above + cell.offsetHeight > grid.clientHeight)
        grid.scrollTop += above + cell.offsetHeight - grid.clientHeight;
    });
  }
  /** The first row of each group. */
  function starts(): number[] {
    let next = 0;
    return groups().map((emoji) => {
      const start = next;
      next += rowsOf(emoji).length;
      return start;
    });
  }
  function jump(to: number | undefined): void {
    cursor.reset(to);
    focusCell(true);
  }
  /** Jumps to the group above or below the cursor's; stays in the first and the last one. */
  function jumpBy(isDown: boolean): void {
    const [row] = cursor.at();
    const all = starts();
    jump(isDown ? (all.find((start) => start > row) ?? all.at(-1)) : all.findLast((start) => start < row));
  }
  function search(event: Event): void {
    query = (event.target as HTMLInputElement).value;
    cursor.reset();
    redraw();
  }

  function choose(): void {
    const [row, column] = cursor.at();
    const chosen = rows()[row]?.[column];
    if (chosen) onTake(chosen.glyph);
  }
  function back(): void {
    field()?.focus({ preventScroll: true });
  }
  /** Returns whether the grid uses the key; a letter goes into the field. */
  function actInGrid(key: string): boolean {
    if (key === "Enter" || key === " ") {
      choose();
      return true;
    }
    if (key === "PageDown" || key === "PageUp") {
      jumpBy(key === "PageDown");
      return true;
    }
    const hasMoved = cursor.move(key, root.matches(":dir(rtl)"));
    if (hasMoved) focusCell();
    else if (hasMoved === false || key.length === 1) back();
    return hasMoved !== undefined;
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
                tabIndex={cursor.isAt(before + r, c) ? 0 : -1}
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

  /** Draws a button for each group, its first emoji; for the pointer, because the grid has keys for the same. */
  const drawJumps = (): ComponentChildren => (
    <div class="jumps">
      {starts().map((start, i) => (
        <button
          type="button"
          key={start}
          tabIndex={-1}
          aria-label={words.groups[i]}
          title={words.groups[i]}
          onClick={() => jump(start)}
        >
          {GROUPS[i]?.[0]?.glyph}
        </button>
      ))}
    </div>
  );

  return {
    /** Draws the picker: `room` is its greatest height, `up` its distance from the lower edge, both CSS lengths. */
    draw(room: string, up: string): ComponentChildren {
      let before = 0;
      const shown = groups();
      const drawn = shown.map((emoji, i) => {
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
          {!query.trim() && drawJumps()}
          <div role="grid" aria-label={words.title}>
            {drawn}
          </div>
          <span class="sr" role="status">
            {query.trim() && words.found(shown.flat().length)}
          </span>
        </div>
      );
    },
    /** Focuses the field; on touch screens a cell, because the on-screen keyboard would cover the picker. */
    focus(): void {
      if (matchMedia("(pointer: coarse)").matches) focusCell();
      else field()?.focus({ preventScroll: true });
    },
  };
}
