/** The measurement of chats itself: pages whose costs are known are measured as such. Bounds are ratios and orders, not times. */
import { afterAll, expect } from "bun:test";
import type { Browser } from "@playwright/test";
import { type Embed, type EmbedFigures, LIST, measureEmbed } from "../measure/embed.ts";
import { measureThrottle, openBrowser, THROTTLE } from "../measure/main-thread.ts";
import { browserTest, useBrowser } from "../support/browser.ts";

useBrowser();

/** Rounds of arithmetic that take a desktop about 30 ms: much more than the rest of these pages costs. */
const ROUNDS = 30_000_000;

let launched: Promise<Browser> | undefined;
afterAll(async () => (await launched)?.close());

/** A list whose page says how it is built: `add(from, to)` writes messages of these numbers, `spin(rounds)` works. */
function measurePage(begin: string, throttle = 1): Promise<EmbedFigures> {
  const page: Embed = {
    name: "known",
    version: "",
    hasList: true,
    script: `
      const hasFirst = () => place.querySelector("b");
      const messages = () => place.querySelectorAll("p");
      function add(from, to) {
        for (const { text } of stored.slice(from, to)) {
          const row = document.createElement("p");
          row.textContent = text;
          place.append(row);
        }
      }
      function begin(kind) {
        if (kind === "first") return place.append(document.createElement("b"));
        ${begin}
      }
    `,
  };
  launched ??= openBrowser();
  return launched.then((browser) => measureEmbed(browser, page, { throttle, seconds: 0 }));
}

const listCost = async (begin: string): Promise<number> =>
  (await measurePage(begin)).list?.cpuMs ?? Number.NaN;

browserTest("a page pays for the work of the task in which it builds its list", async () => {
  const nothing = await listCost(`add(0, ${LIST})`);
  const once = (await listCost(`spin(${ROUNDS}); add(0, ${LIST})`)) - nothing;
  const threeTimes = (await listCost(`add(0, ${LIST}); spin(${3 * ROUNDS})`)) - nothing;
  expect(once).toBeGreaterThan(nothing / 2);
  expect(threeTimes / once).toBeGreaterThan(1.5);
  expect(threeTimes / once).toBeLessThan(6);
});

browserTest("work in the building task is the longest task", async () => {
  const { list, settled } = await measurePage(`spin(${ROUNDS}); add(0, ${LIST})`);
  expect(list?.longestMs).toBeGreaterThan((list?.cpuMs ?? Number.NaN) / 2);
  expect(settled?.longestMs).toBeGreaterThanOrEqual(list?.longestMs ?? Number.NaN);
});

browserTest(
  "a list that comes in two halves has its first rows early, and is there with the second half",
  async () => {
    const { rowsFirst, list, settled } = await measurePage(`
    add(0, ${LIST / 2});
    setTimeout(() => { spin(${ROUNDS}); add(${LIST / 2}, ${LIST}); }, 1000);
  `);
    expect(rowsFirst?.seconds).toBeLessThan(list?.seconds ?? 0);
    expect(list?.seconds).toBeGreaterThanOrEqual(1);
    expect(list?.cpuMs).toBeGreaterThan(2 * (rowsFirst?.cpuMs ?? Number.NaN));
    expect(settled?.cpuMs).toBeGreaterThanOrEqual(list?.cpuMs ?? Number.NaN);
  },
);

browserTest("work after the list belongs to all that is loaded, not to the list", async () => {
  const { list, settled } = await measurePage(`
    add(0, ${LIST});
    setTimeout(spin, 1000, ${3 * ROUNDS});
  `);
  expect(settled?.cpuMs).toBeGreaterThan(2 * (list?.cpuMs ?? Number.NaN));
});

browserTest("a list with rows that nobody can see is refused", async () => {
  const refusal = await measurePage(`add(0, ${LIST}); place.lastChild.style.display = "none";`).then(
    () => "measured",
    (error: Error) => error.message,
  );
  expect(refusal).toContain(`known: 1 of ${LIST} messages are not to be seen, "message ${LIST - 1}, `);
});

browserTest("the throttle slows arithmetic, and the same page costs more under it", async () => {
  launched ??= openBrowser();
  expect(await measureThrottle(await launched)).toBeGreaterThan(THROTTLE / 2);
  const work = `spin(${ROUNDS}); add(0, ${LIST})`;
  const [free, throttled] = [await measurePage(work), await measurePage(work, THROTTLE)];
  expect(throttled.list?.cpuMs).toBeGreaterThan(1.5 * (free.list?.cpuMs ?? Number.NaN));
});
