/** An owner of a server at its console: routes of the admin API, links, sign-ins and pages on a view. */
import type { BrowserContext, Page } from "@playwright/test";
import { OPERATOR_KEY } from "./server.ts";
import { newContext, visitIn } from "./windows.ts";

/** Creates an owner of a running server, who has the operator key. */
export function createOwner(server: { url: string }) {
  const api = (path: string) => `${server.url}/api/admin/${path}`;
  const bearer = { Authorization: `Bearer ${OPERATOR_KEY}` };
  /** A new link, as the command prints it. */
  async function newLink(): Promise<string> {
    const answer = await fetch(api("console/links"), { method: "POST", headers: bearer });
    return ((await answer.json()) as { link: string }).link;
  }
  const signIn = (body: object, headers: Record<string, string> = {}) =>
    fetch(api("console/sessions"), { method: "POST", headers, body: JSON.stringify(body) });
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(api(path), { method: "POST", headers: { ...bearer, ...headers }, body: JSON.stringify(body) });

  /** Somebody who is signed in, on a view. */
  async function openView(view: string, context?: BrowserContext): Promise<Page> {
    const own = context ?? (await newContext({ viewport: { width: 1280, height: 860 } }));
    const page = await visitIn(own, await newLink());
    await page.locator(".shell h1").waitFor();
    await page.goto(`${server.url}/console#/${view}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    return page;
  }
  /** Writes as a guest of this address; resolves to the status. */
  const say = async (text: string, name: string): Promise<number> => {
    const query = new URLSearchParams({ name });
    const url = `${server.url}/api/topics/evening/messages?${query}`;
    return (await fetch(url, { method: "POST", body: text, headers: { "Content-Type": "text/plain" } }))
      .status;
  };

  return { api, bearer, newLink, signIn, post, openView, say };
}
