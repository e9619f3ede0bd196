/** The address of a view: its name, the rest of the path, and what the view keeps in it, so that a reload and the way back find it again. */

export interface Address {
  view: string;
  rest: string;
  query: URLSearchParams;
}

/** A decoded part of an address; the part itself where its encoding is broken. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reads an address such as `#/topics/lobby?sort=size`. */
export function readAddress(hash: string): Address {
  const [path = "", ...queries] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/");
  return { view, rest: safeDecode(rest.join("/")), query: new URLSearchParams(queries.join("?")) };
}

/** Keeps values in the address of a view; empty ones leave it. Makes no entry in the history and draws nothing. */
export function keepInAddress(view: string, values: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ""));
  const text = query.toString();
  history.replaceState(null, "", `#/${view}${text === "" ? "" : `?${text}`}`);
}
