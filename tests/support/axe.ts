/** Accessibility violations of a page, found by axe-core with the rules of WCAG 2.2 AA and its best practices. */
import type { Page } from "@playwright/test";
import { join } from "node:path";

const axePath = join(import.meta.dir, "../../node_modules/axe-core/axe.min.js");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

type Result = { violations: { id: string; nodes: { target: unknown; failureSummary: string }[] }[] };

/** The violations that axe finds in the page's widgets (it looks into shadow roots), or in all of the page; one line each. */
export async function findViolations(page: Page, where = "kabar-chat"): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await Bun.file(axePath).text());
  return page.evaluate(
    async ([where, tags]) => {
      const { axe } = window as unknown as { axe: { run(where: string, options: object): Promise<Result> } };
      // There are no style sheets to fetch, and a page that is offline would wait for none.
      const { violations } = await axe.run(where, { runOnly: tags, preload: false });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((n) => `${id}: ${JSON.stringify(n.target)} ${n.failureSummary}`),
      );
    },
    [where, AXE_TAGS] as const,
  );
}
