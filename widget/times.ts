/**
 * How moments are said: the clock beside a message, the divider between days, the full date for those who ask.
 * Pure; the language decides the words, the visitor's own time zone decides the day.
 */

/** The formatters of one language. */
export type Times = ReturnType<typeof createTimes>;

/** The local midnight before a moment: the same for all moments of a day. */
export const dayOf = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** Formatters for a language. */
export function createTimes(lang: string) {
  // Making one takes a slow phone 50 ms: not before the first list, which needs none.
  const format = (options: Intl.DateTimeFormatOptions) => {
    let made: Intl.DateTimeFormat | undefined;
    return (at: number): string => {
      made ??= new Intl.DateTimeFormat(lang, options);
      return made.format(at);
    };
  };
  return {
    // What Intl says in all of our languages.
    clock: (at: number): string =>
      new Date(at)
        .toTimeString()
        .slice(0, 5)
        .replace(":", lang === "id" ? "." : ":"),
    day: format({ dateStyle: "full" }),
    full: format({ dateStyle: "full", timeStyle: "short" }),
  };
}
