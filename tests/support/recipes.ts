/** The configurations of proxies that docs/OPERATIONS.md tells owners to write. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const DOCS = join(import.meta.dir, "..", "..", "docs", "OPERATIONS.md");

/** The block of a proxy. */
export function readRecipe(proxy: "nginx" | "haproxy"): string {
  const block = new RegExp(`\`\`\`${proxy}\n(.*?)\`\`\``, "s").exec(readFileSync(DOCS, "utf8"))?.[1];
  if (block === undefined) throw new Error(`docs/OPERATIONS.md has no ${proxy} block`);
  return block;
}

/** Puts a value in the place of a recipe's; throws when the recipe does not have it. */
export function substitute(recipe: string, from: string, to: string): string {
  if (!recipe.includes(from)) throw new Error(`the recipe in docs/OPERATIONS.md has no "${from}"`);
  return recipe.replace(from, to);
}
