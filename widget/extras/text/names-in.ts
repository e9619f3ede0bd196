/**
 * Finds mentions in a text: an `@` at the beginning of a word and a whole name after it. Pure; the composer and the list use
 * the same search.
 */

const WORD = /[\p{L}\p{N}]/u;

/** Cuts a text at its mentions: "hi ", "@Ana", "!". Every second piece is an `@` and a name. */
export function cutAtNames(text: string, names: readonly string[]): string[] {
  const pieces: string[] = [];
  // Lower case once for the whole text. Where that changes the length (İ becomes two), case counts instead.
  const small = text.toLowerCase();
  const isMoved = small.length !== text.length;
  const hay = isMoved ? text : small;
  // The longest name first: "@Ana Maria" does not mention Ana.
  const needles = names
    .map((name) => (isMoved ? name : name.toLowerCase()))
    .sort((a, b) => b.length - a.length);
  let from = 0;
  for (let at = needles[0] ? text.indexOf("@") : -1; at >= 0; at = text.indexOf("@", at + 1)) {
    if (WORD.test(text[at - 1] ?? " ")) continue;
    const name = needles.find(
      (needle) => hay.startsWith(needle, at + 1) && !WORD.test(text[at + 1 + needle.length] ?? " "),
    );
    if (!name) continue;
    const to = at + 1 + name.length;
    pieces.push(text.slice(from, at), text.slice(at, to));
    from = to;
  }
  return [...pieces, text.slice(from)];
}

/** Returns the ids of the users whom a text mentions. `taken`: ids chosen from a list, by their names in lower case. */
export function idsNamedIn(
  text: string,
  users: readonly { id: string; name: string }[],
  taken: ReadonlyMap<string, string>,
): string[] {
  const names = cutAtNames(
    text,
    users.map(({ name }) => name),
  ).filter((_, i) => i % 2);
  const ids = names.flatMap((piece) => {
    const name = piece.slice(1).toLowerCase();
    const all = users.filter((user) => user.name.toLowerCase() === name).map(({ id }) => id);
    const chosen = taken.get(name);
    // Several users of one name: the chosen one, or all of them if the name was typed.
    return chosen && all.includes(chosen) ? [chosen] : all;
  });
  return [...new Set(ids)];
}
