/** The configurations of proxies in examples/proxies/, which docs/DEPLOY.md shows to owners. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const RECIPES: string = join(import.meta.dir, "..", "..", "examples", "proxies");

/** The text of a recipe. */
export const readRecipe = (file: string): string => readFileSync(join(RECIPES, file), "utf8");

/** Puts a value in the first place of a recipe's; throws when the recipe does not have it. */
export function substitute(recipe: string, from: string, to: string): string {
  if (!recipe.includes(from)) throw new Error(`the recipe has no "${from}"`);
  return recipe.replace(from, () => to);
}

/** Puts a value in every place of a recipe's; throws when the recipe does not have it. */
export function substituteAll(recipe: string, from: string, to: string): string {
  return substitute(recipe, from, to).replaceAll(from, () => to);
}
