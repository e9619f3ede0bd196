/** What the widget may cost a page, as far as that is no matter of time: `bun run measure -- widget` has the rest. */
import { expect } from "bun:test";
import { measureEmbed } from "../measure/embed.ts";
import { ms } from "../measure/figures.ts";
import { openBrowser } from "../measure/main-thread.ts";
import { startEmbed } from "../measure/widget.ts";
import { browserTest } from "../support/browser.ts";

browserTest(
  "a page is asked for one file until the launcher, keeps few rows in a crowd, and its own content is not shifted",
  async () => {
    const browser = await openBrowser();
    const embed = await startEmbed();
    const figures = await measureEmbed(browser, embed, 5);
    await embed.stop();
    await browser.close();
    expect(figures.firstRequests).toBe(1);
    expect(figures.hostShift).toBe(0);
    expect(figures.rows).toBeLessThanOrEqual(200);
    expect(figures.received).toBe(250);
    expect(figures.inOrder).toBe(true);
    // For whoever reads the log; a machine that runs tests beside it is no place to judge them.
    console.log(
      `widget at a quarter of the speed: ${ms(figures.first.cpuMs)} to the launcher, ${ms(figures.list?.cpuMs ?? 0)} to a list of 50`,
    );
  },
);
