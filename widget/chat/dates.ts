/**
 * How moments are said: the clock beside a message, the divider between days, the full date for those who ask.
 * Pure; the language decides the words, the visitor's own time zone decides the day.
 */

/** The formatters of one language. */
export type Times = ReturnType<typeof createTimes>;

/** The local midnight before a moment: the same for all moments of a day. */
export const dayOf = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/**
 * Formatters for a language. Clocks and the order of a date are as the visitor's browser has them: twelve hours or twenty-four,
 * and the conventions of its region where it speaks the same language. `browser` is a locale, by default the browser's own.
 */
export function createTimes(lang: string, browser?: string) {
  // Making one takes a slow phone 50 ms: none before it is needed.
  const format = (options: Intl.DateTimeFormatOptions) => {
    let made: Intl.DateTimeFormat | undefined;
    return (at: number): string => {
      if (!made) {
        const { locale, hourCycle } = new Intl.DateTimeFormat(browser, {
          timeStyle: "short",
        }).resolvedOptions();
        const isSame = locale.split("-")[0] === lang.split("-")[0];
        made = new Intl.DateTimeFormat(
          isSame ? locale : lang,
          hourCycle ? { ...options, hourCycle } : options,
        );
      }
      return made.format(at);
    };
  };
  return {
    clock_: format({ timeStyle: "short" }),
    day: format({ dateStyle: "full" }),
    full_: format({ dateStyle: "full", timeStyle: "short" }),
  };
}
