/** Messages as the search shows them: author, time, and the text with the words of the query marked. Text nodes only. */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { Sheets } from "../header/sheet.ts";
import { marksIn, startOf } from "../../search-marks.ts";

/** Longer texts are cut: the line shows a few lines of it at most. */
const MAX_CHARS = 600;

/** Creates the lines of one search. */
export function createFoundLines({ times_: times, strings_: strings }: Kit, { make }: Sheets) {
  let dates: Intl.DateTimeFormat | undefined;

  /** The clock of today's messages, and the date before it for earlier ones. */
  function timeOf(at: number): string {
    const isToday = new Date(at).toDateString() === new Date().toDateString();
    if (isToday) return times.clock_(at);
    dates ??= new Intl.DateTimeFormat(strings.lang, { dateStyle: "medium" });
    return `${dates.format(at)}, ${times.clock_(at)}`;
  }

  /** The text around the first mark, its words in `mark` elements. */
  function* piecesOf(text: string, query: string): Generator<Node | string> {
    const marks = marksIn(text, query);
    const start = startOf(text, marks);
    const end = Math.min(text.length, start + MAX_CHARS);
    if (start > 0) yield "…";
    let at = start;
    for (const [from, to] of marks) {
      if (from >= end) break;
      yield text.slice(at, from);
      yield make("mark", {}, text.slice(from, to));
      at = to;
    }
    yield text.slice(at, Math.max(at, end));
  }

  /** Author and time, then the text; `query` may be empty. */
  return ({ user, at, title, text }: Message, query: string): Node[] => {
    const time = make("time", { dateTime: new Date(at).toISOString(), title: times.full_(at) }, timeOf(at));
    const words = title === undefined ? text : `${title}\n${text}`;
    const said = make("span", { className: "said", dir: "auto" }, ...piecesOf(words, query));
    return [make("span", { className: "who" }, make("bdi", {}, user.name), " ", time, " "), said];
  };
}
