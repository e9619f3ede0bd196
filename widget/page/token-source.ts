/**
 * Sources of a user's token: the attributes of an element, or an address of the site.
 * A token is passed on and never kept here, logged or put in an address.
 */

/** Gets a token; undefined when nobody is signed in. Rejects when the site gives no answer. */
export type TokenSource = () => Promise<string | undefined>;

/** The site's deadline: shorter than the server waits for a hello. */
const FETCH_DEADLINE_MS = 8_000;

/** Returns the token source that an element's attributes name: `token` first, then `token-url`; undefined when neither is there. */
export function tokenSourceOf(
  host: Element,
  fetchToken: (url: string) => Promise<string | undefined>,
): TokenSource | undefined {
  const token = host.getAttribute("token");
  const url = host.getAttribute("token-url");
  let isFirst = true;
  if (!token && url === null) return undefined;
  return async (): Promise<string | undefined> => {
    const mayUse = token && (isFirst || url === null);
    isFirst = false;
    return mayUse ? token : url === null ? undefined : fetchToken(url);
  };
}

/**
 * Fetches a token from the site, with the site's cookies. The answer is the token as text or `{"token": …}`. Resolves to
 * undefined (nobody is signed in) for an empty answer and for 401 and 403; rejects for other errors.
 */
export async function fetchToken(url: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(FETCH_DEADLINE_MS);
  const response = await fetch(url, { credentials: "include", cache: "no-store", signal });
  if (response.status === 401 || response.status === 403) return undefined;
  if (!response.ok) throw new Error(`token-url answered with ${response.status}.`);
  const text = (await response.text()).trim();
  if (!text.startsWith("{")) return text || undefined;
  const { token } = JSON.parse(text) as { token?: unknown };
  return typeof token === "string" ? token : undefined;
}
