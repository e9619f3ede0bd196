import { expect, test } from "bun:test";
import { createTimes } from "../../widget/chat/dates.ts";

const EVENING = new Date(2026, 10, 28, 19, 4).getTime();
const MORNING = new Date(2026, 10, 28, 5, 34).getTime();
/** Intl puts narrow spaces between a time and its half of the day. */
const clean = (text: string) => text.replaceAll(/\s/g, " ");

test.each([
  ["en", "en-US", "7:04 PM", "5:34 AM"],
  ["en", "en-GB", "19:04", "05:34"],
  ["hi", "hi-IN", "7:04 pm", "5:34 am"],
  ["de", "de-DE", "19:04", "05:34"],
  ["id", "id-ID", "19.04", "05.34"],
  ["de", "en-US", "07:04 PM", "05:34 AM"],
  ["en", "de-DE", "19:04", "05:34"],
])("a clock in %s for a browser in %s is the browser's", (lang, browser, evening, morning) => {
  const { clock_: clock } = createTimes(lang, browser);
  expect([clean(clock(EVENING)), clean(clock(MORNING))]).toEqual([evening, morning]);
});

test("a date has the order of the user's region and the words of the chat's language", () => {
  expect(createTimes("en", "en-US").day(EVENING)).toBe("Saturday, November 28, 2026");
  expect(createTimes("en", "en-GB").day(EVENING).replace(",", "")).toBe("Saturday 28 November 2026");
  expect(createTimes("de", "en-US").day(EVENING)).toBe("Samstag, 28. November 2026");
  expect(clean(createTimes("de", "en-US").full_(EVENING))).toContain("7:04 PM");
});

test("times match the browser's own format", () => {
  for (const locale of ["en-US", "en-GB", "hi-IN", "pt-BR", "ja-JP", "ar-EG", "zh-CN", "es-MX", "fr-FR"]) {
    const lang = locale.slice(0, 2);
    const own = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(EVENING);
    expect(createTimes(lang, locale).clock_(EVENING)).toBe(own);
  }
});

test("clocks of common languages, written without the browser's formatters, match them at every hour", () => {
  const browsers = [
    "en-US",
    "en-GB",
    "de",
    "de-DE",
    "es",
    "es-ES",
    "fr-FR",
    "fr-CA",
    "it-IT",
    "pl",
    "pt-PT",
    "ru",
    "ja-JP",
  ];
  for (const lang of ["de", "en", "es", "fr", "id", "ja", "pt", "zh"])
    for (const browser of browsers) {
      const { clock_: clock } = createTimes(lang, browser);
      const { locale, hourCycle } = new Intl.DateTimeFormat(browser, {
        timeStyle: "short",
      }).resolvedOptions();
      const isSame = lang === locale.slice(0, 2);
      const own = new Intl.DateTimeFormat(isSame ? locale : lang, {
        timeStyle: "short",
        hourCycle,
      } as object);
      const wrong = Array.from({ length: 24 }, (_, hour) => new Date(2026, 10, 28, hour, 4).getTime()).filter(
        (at) => clock(at) !== own.format(at),
      );
      expect({ lang, browser, wrong }).toEqual({ lang, browser, wrong: [] });
    }
});

test("a browser whose language has no valid name, as some of WebKit's, still has clocks", () => {
  const before = Object.getOwnPropertyDescriptor(navigator, "language");
  Object.defineProperty(navigator, "language", { value: "c", configurable: true });
  try {
    expect(createTimes("en").clock_(EVENING)).toMatch(/^\d{1,2}:04/);
  } finally {
    if (before) Object.defineProperty(navigator, "language", before);
    else Reflect.deleteProperty(navigator, "language");
  }
});
