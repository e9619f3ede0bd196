/**
 * Emoji picker, loaded when it is first opened: a choice in groups, the last used first, in the skin tone that the user chose,
 * found by words of the chat's language, drawn with the system's glyphs. A search field, the tone, and a grid that is one stop of
 * the Tab key: arrow keys go from cell to cell and back into the field, Page Up and Page Down from group to group, and typing
 * searches from anywhere. A row of glyphs jumps to the groups. The owner receives the chosen emoji; where it goes is not the picker's concern.
 */
import type { ComponentChildren, h as H } from "preact";
import css from "./emoji-picker.css";
import { createEmojiIndex, type Emoji, TONE_SAMPLE, TONES, withTone } from "./emoji-index.ts";
import { createGridCursor } from "./grid-cursor.ts";
import type { Keeper } from "../../client/storage.ts";
import type { Wear } from "../../chat/wear.ts";
import { emojiWordsIn } from "../../words/emoji-languages.ts";
import type { Words } from "../../words/later-words.ts";

/** The picker's surroundings. */
export interface PickerTools {
  h: typeof H;
  root: HTMLElement;
  lang: string;
  words: Words["emoji"];
  /** The device's record: it has the tone, and the emoji that were used last. */
  keeper: Keeper;
  wear: Wear;
  redraw_(): void;
  onTake(emoji: string): void;
  /** Called when Escape leaves the picker. */
  onLeave(): void;
}

export type Picker = Awaited<ReturnType<typeof createPicker>>;

const COLUMNS = 8;
/** Emoji that were used last, as many as two rows have. */
const RECENT = 2 * COLUMNS;

/** A group of the grid: its title, and the glyph that jumps to it. */
interface Group {
  title: string;
  glyph: string;
  emoji_: readonly Emoji[];
}

const rowsOf = (emoji: readonly Emoji[]): Emoji[][] =>
  Array.from({ length: Math.ceil(emoji.length / COLUMNS) }, (_, i) =>
    emoji.slice(i * COLUMNS, (i + 1) * COLUMNS),
  );

/** Creates a picker once its words are there; it appears where its `draw` is called. */
export async function createPicker({
  h,
  root,
  lang,
  wear,
  words,
  keeper,
  redraw_: redraw,
  onTake,
  onLeave,
}: PickerTools) {
  const { recent: recentTitle, tone: toneTitle, names } = await emojiWordsIn(lang);
  const index = createEmojiIndex(names);
  const { prefs } = keeper.record;
  // Any script of the page's origin may have written the record: only emoji and tones of our own are taken from it.
  const recent = index.pick(`${prefs?.emoji}`.split(" "));
  let tone = TONES.find((known) => known === prefs?.tone) ?? "";
  let query = "";
  wear(css);

  const sections = [recent, ...index.groups].map((emoji, i): Group => ({
    title: words.groups[i - 1] ?? recentTitle,
    glyph: i ? (emoji[0]?.glyph ?? "") : "🕒",
    emoji_: emoji,
  }));
  if (!recent.length) sections.shift();
  function groups(): Group[] {
    if (!query.trim()) return sections;
    const found = index.find(query);
    return [{ title: words.found(found.length), glyph: "", emoji_: found }];
  }
  const rows = (): Emoji[][] => groups().flatMap(({ emoji_: emoji }) => rowsOf(emoji));
  /** Keeps a choice with the user's others: in memory until they agree to more. */
  const remember = (choice: Record<string, string>): void =>
    keeper.save({ prefs: { ...keeper.record.prefs, ...choice } });
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
    return groups().map(({ emoji_: emoji }) => {
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

  function take(glyph: string): void {
    const others = recent.map((emoji) => emoji.glyph).filter((other) => other !== glyph);
    remember({ emoji: [glyph, ...others].slice(0, RECENT).join(" ") });
    onTake(withTone(glyph, tone));
  }
  function choose(): void {
    const [row, column] = cursor.at();
    const chosen = rows()[row]?.[column];
    if (chosen) take(chosen.glyph);
  }
  function chooseTone(event: Event): void {
    tone = (event.target as HTMLSelectElement).value;
    remember({ tone });
    redraw();
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
    // The list of tones has the browser's own keys.
    else if ((event.target as Element).matches("select")) return;
    else if (!(event.target === field() ? actInField : actInGrid)(key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  function drawGroup({ title, emoji_: emoji }: Group, before: number): ComponentChildren {
    return (
      <div role="rowgroup" aria-label={title} key={before}>
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
                onClick={() => take(glyph)}
              >
                {withTone(glyph, tone)}
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
          aria-label={sections[i]?.title}
          title={sections[i]?.title}
          onClick={() => jump(start)}
        >
          {sections[i]?.glyph}
        </button>
      ))}
    </div>
  );
  const drawTones = (): ComponentChildren => (
    <select aria-label={toneTitle} title={toneTitle} value={tone} onChange={chooseTone}>
      {TONES.map((each) => (
        <option key={each} value={each}>
          {withTone(TONE_SAMPLE, each)}
        </option>
      ))}
    </select>
  );

  return {
    /** Draws the picker: `room` is its greatest height, `up` its distance from the lower edge, both CSS lengths. */
    draw(room: string, up: string): ComponentChildren {
      let before = 0;
      const shown = groups();
      const drawn = shown.map((group) => {
        const rows = drawGroup(group, before);
        before += rowsOf(group.emoji_).length;
        return rows;
      });
      return (
        <div
          class="popup emoji"
          role="dialog"
          aria-label={words.title}
          style={{ "--_room": room, "--_up": up }}
          onKeyDown={onKeyDown}
        >
          <div class="find">
            <input
              type="search"
              aria-label={words.search}
              placeholder={words.search}
              autoComplete="off"
              onInput={search}
            />
            {drawTones()}
          </div>
          {!query.trim() && drawJumps()}
          <div role="grid" aria-label={words.title}>
            {drawn}
          </div>
          <span class="sr" role="status">
            {query.trim() && shown[0]?.title}
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
