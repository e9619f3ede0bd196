/**
 * Formats times: the clock of a message, the divider between days, the full date of a tooltip. Pure. The language decides
 * the words, the user's time zone decides the day.
 */

/** The formatters of one language. */
export type Times = ReturnType<typeof createTimes>;

/** Returns the local midnight before a time in milliseconds, the same for all times of a day. */
export const dayOf = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** Pairs of a chat's and a browser's language whose times are written as 09:04. */
const AS_0904 = /^(?:de|en|fr|pt|zh) (?:en-GB|(de|es|fr|it|pl|pt|ru)(?:-\1)?)$/i;

/** Returns the clock of the commonest languages, as `Intl` would write it; undefined for all others. */
function quickClock(lang: string, browser: string): ((at: number) => string) | undefined {
  const pair = `${lang} ${browser}`;
  const isTwelve = pair === "en en-US";
  if (!isTwelve && !AS_0904.test(pair)) return undefined;
  return (at) => {
    const time = new Date(at);
    const hours = time.getHours();
    const minutes = `${time.getMinutes()}`.padStart(2, "0");
    return isTwelve
      ? `${hours % 12 || 12}:${minutes} ${hours < 12 ? "AM" : "PM"}`
      : `${hours}:${minutes}`.padStart(5, "0");
  };
}

/**
 * Creates the formatters of a language. Twelve or twenty-four hours follow the user's browser, and so do the conventions of its
 * region if it has the same language. `browser` is a locale, by default the browser's own. (The name of its language alone
 * may be none that `Intl` accepts: "c" in some of WebKit's.)
 */
export function createTimes(lang: string, browser?: string) {
  // Expensive to construct (10 ms and more each), so created when first used.
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
    clock_: quickClock(lang, browser ?? navigator.language) ?? format({ timeStyle: "short" }),
    day: format({ dateStyle: "full" }),
    full_: format({ dateStyle: "full", timeStyle: "short" }),
  };
}
