/**
 * Where a text names somebody: an `@` that begins a word, and a whole name after it. Pure; what the composer finds when it
 * sends and what the list marks is the same.
 */

const WORD = /[\p{L}\p{N}]/u;

/** A text, cut where it names somebody: "hi ", "@Ana", "!". Every second piece is an `@` and a name. */
export function cutAtNames(text: string, names: readonly string[]): string[] {
  const pieces: string[] = [];
  // Small letters once for all places; where that moves them (İ becomes two), letters are compared as they are.
  const small = text.toLowerCase();
  const isMoved = small.length !== text.length;
  const hay = isMoved ? text : small;
  // The longest first: "@Ana Maria" is not Ana.
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

/** Ids of those whom a text names. `taken` are those chosen from a list, by their names in small letters. */
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
    // Where several have the name, the one who was chosen; by hand, all of them.
    return chosen && all.includes(chosen) ? [chosen] : all;
  });
  return [...new Set(ids)];
}
