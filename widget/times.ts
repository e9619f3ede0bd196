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
  const format = (options: Intl.DateTimeFormatOptions) => {
    const { format } = new Intl.DateTimeFormat(lang, options);
    return (at: number): string => format(at);
  };
  return {
    clock: format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    day: format({ dateStyle: "full" }),
    full: format({ dateStyle: "full", timeStyle: "short" }),
  };
}
