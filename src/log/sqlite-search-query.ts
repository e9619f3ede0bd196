/**
 * Queries of the search index (FTS5): groups of words, of which a document has one each, written so that the walk through the
 * index reads little. Pure.
 *
 * FTS5 advances all members of an AND, and all of an OR, at each step. It merges an AND within an AND, and an OR within an OR, into
 * one; `NOT ""` excludes nothing and keeps them apart. So the groups of the fewest documents meet first, and others are only looked
 * up where those meet; and a group of many words is a tree, of which a step touches a branch.
 */
import { MARK, tokenOf, WIDE_MARK } from "./sqlite-search-index.ts";

/** Words that a document has one of. */
export interface WordGroup {
  /** Their numbers in the dictionary. */
  ids: readonly number[];
  /** The share of the documents that have one, roughly: for the order only. */
  share: number;
}

/** Words that are tried one after the other in a branch: about the square root of those of a large group. */
const BRANCH = 12;
/** Groups that are met one after the other, from the rarest; few are left to the others. Bounds the depth of the query. */
const NESTED = 6;
/** Queries of so many words reach a wide mark in a tenth of a second at most, whatever the words, and mostly in a tenth of that. */
const FEW_WORDS = 150;

/** Keeps an expression apart from the one around it. */
const apart = (expression: string): string => `((${expression}) NOT "")`;

function anyOf(expressions: readonly string[]): string {
  if (expressions.length <= BRANCH) return expressions.join(" OR ");
  const branches = Array.from({ length: Math.ceil(expressions.length / BRANCH) }, (_, i) =>
    apart(expressions.slice(i * BRANCH, (i + 1) * BRANCH).join(" OR ")),
  );
  return anyOf(branches);
}

/**
 * The share of documents with one of these words, guessed: words get their numbers when they are first used, so those of many texts
 * have low ones.
 */
export const guessShare = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + 1 / id, 0);

/** The query for documents with a word of each group, and for those with a mark. "" without groups. */
export function queryOfGroups(groups: readonly WordGroup[]): string {
  const words = groups.reduce((sum, { ids }) => sum + ids.length, 0);
  const mark = words <= FEW_WORDS ? WIDE_MARK : MARK;
  const sorted = [...groups].sort((a, b) => a.share - b.share);
  const each = sorted.map(
    ({ ids }) => `(${anyOf([mark, ...ids.map(tokenOf)].map((token) => `"${token}"`))})`,
  );
  const nested = each
    .slice(0, NESTED)
    .reduce((query, group, i) => (i === 0 ? group : `${i === 1 ? query : apart(query)} AND ${group}`), "");
  return [nested, ...each.slice(NESTED)].filter(Boolean).join(" AND ");
}
