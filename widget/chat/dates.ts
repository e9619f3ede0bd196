/**
 * Formats times: the clock of a message, the divider between days, the full date of a tooltip. Pure. The language decides
 * the words, the user's time zone decides the day.
 */

/** The formatters of one language. */
export type Times = ReturnType<typeof createTimes>;

/** Returns the local midnight before a time in milliseconds, the same for all times of a day. */
export const dayOf = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/**
 * Creates the formatters of a language. Twelve or twenty-four hours follow the user's browser, and so do the conventions of its
 * region if it has the same language. `browser` is a locale, by default the browser's own.
 */
export function createTimes(lang: string, browser?: string) {
  // Expensive to construct (50 ms on a slow phone), so created when first used.
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
