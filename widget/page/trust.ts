/**
 * Servers that may receive a user's token: the script tag's own, and those that it lists.
 * A page may let users write unknown elements but no scripts; such an element could name a foreign server beside the site's
 * `token-url`. So `token-url` holds only for the server of a script tag of the page and for the servers in that tag's list.
 */

/** What is asked of a script tag. */
export interface ScriptTag {
  src?: string;
  dataset: { tokenServers?: string | undefined };
}

const OURS = /\/widget(?:@[^/]*)?\.js$/;

const parse = (address: string, base?: string): URL | undefined =>
  URL.canParse(address, base) ? new URL(address, base) : undefined;
const normalize = (address: string, base?: string): string => {
  const url = parse(address, base);
  return url ? (url.origin + url.pathname).replace(/\/+$/, "") : "";
};

/** Whether a server may receive tokens; `own` is the one that this code came from, and `page` the page's address. */
export function mayReceiveTokens(
  server: string,
  own: string,
  page: string,
  tags: Iterable<ScriptTag>,
): boolean {
  const wanted = normalize(server, page);
  const trusted = [normalize(own)];
  for (const { src = "", dataset } of tags) {
    const url = parse(src);
    if (!url || !OURS.test(url.pathname)) continue;
    trusted.push(normalize(new URL(".", url).href));
    for (const listed of dataset.tokenServers?.split(/\s+/) ?? []) trusted.push(normalize(listed));
  }
  return wanted !== "" && trusted.includes(wanted);
}
