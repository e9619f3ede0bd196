/** The widget's cost to a page, apart from time: `bun run measure -- widget` has the rest. */
import { expect } from "bun:test";
import { measureEmbed } from "../measure/embed.ts";
import { ms } from "../measure/figures.ts";
import { openBrowser, THROTTLE } from "../measure/main-thread.ts";
import { startEmbed } from "../measure/widget.ts";
import { browserTest, useBrowser } from "../support/browser.ts";

useBrowser();

browserTest(
  "the widget loads one file before the launcher, mounts few rows in a busy topic, and shifts no content of the page",
  async () => {
    const browser = await openBrowser();
    const embed = await startEmbed();
    const figures = await measureEmbed(browser, embed, { throttle: THROTTLE, seconds: 5 });
    await embed.stop();
    await browser.close();
    expect(figures.firstRequests).toBe(1);
    expect(figures.hostShift).toBe(0);
    expect(figures.rows).toBeLessThanOrEqual(200);
    expect(figures.received).toBe(250);
    expect(figures.inOrder).toBe(true);
    // For whoever reads the log; a machine that runs tests beside it is no place to judge them.
    console.log(
      `widget, throttled: ${ms(figures.first.cpuMs)} to the launcher, ${ms(figures.rowsFirst?.cpuMs ?? 0)} to the first rows, ${ms(figures.list?.cpuMs ?? 0)} to all 50`,
    );
  },
);
