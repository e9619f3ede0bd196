/**
 * Which servers may receive a member's token. Visitors who may write unknown elements, but no scripts, could name a server of
 * their own beside the site's `token-url`. So `token-url` holds for the server that a script tag of the page came from, and
 * for those that such a tag lists.
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
