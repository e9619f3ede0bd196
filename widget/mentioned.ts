/**
 * Where a text names somebody: an `@` that begins a word, and a whole name after it. Pure; what the composer finds when it
 * sends and what the list marks is the same.
 */

const WORD = /[\p{L}\p{N}]/u;

/** Somebody's name, the longest: "@Ana Maria" is not Ana. */
function nameAt(text: string, at: number, names: readonly string[]): string | undefined {
  if (WORD.test(text[at - 1] ?? " ")) return undefined;
  const isHere = (name: string) =>
    text.slice(at + 1, at + 1 + name.length).toLowerCase() === name.toLowerCase() &&
    !WORD.test(text[at + 1 + name.length] ?? " ");
  return names.filter(isHere).sort((a, b) => b.length - a.length)[0];
}

/** A text, cut where it names somebody: "hi ", "@Ana", "!". Every second piece is an `@` and a name. */
export function cutAtNames(text: string, names: readonly string[]): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let at = names[0] ? text.indexOf("@") : -1; at >= 0; at = text.indexOf("@", at + 1)) {
    const name = nameAt(text, at, names);
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
