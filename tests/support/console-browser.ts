/** A browser at the console, as programs see one: cookies, an origin and an address of its own, and what it does with passkeys. */
import type { createAuthenticator } from "./authenticator.ts";
import { CookieJar } from "./cookie-jar.ts";
import { OPERATOR_KEY } from "./server.ts";

type Options = Parameters<ReturnType<typeof createAuthenticator>["use"]>[0];

/** A browser with its cookies, on a page of an origin and with an address of its own, which a proxy tells the server. */
export class ConsoleBrowser {
  /** The server that answers: a balancer may choose another one for each request. */
  server: { url: string };
  readonly #jar = new CookieJar();
  readonly cookies = this.#jar.cookies;
  readonly headers: Record<string, string>;

  constructor(server: { url: string }, origin: string, address = "192.0.2.1") {
    this.server = server;
    this.headers = { Origin: origin, "X-Forwarded-For": address };
  }

  async ask(method: string, path: string, body?: object, byKey = false): Promise<Response> {
    const answer = await fetch(`${this.server.url}/api/admin/${path}`, {
      method,
      headers: {
        ...this.headers,
        Cookie: this.#jar.header(),
        ...(byKey ? { Authorization: `Bearer ${OPERATOR_KEY}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    this.#jar.take(answer);
    return answer;
  }
  async read<T = Record<string, unknown>>(method: string, path: string, body?: object, byKey = false) {
    return (await (await this.ask(method, path, body, byKey)).json()) as T;
  }
  /** The outcome of a request: its status, and the beginning of what went wrong. */
  async try(method: string, path: string, body?: object, byKey = false): Promise<[number, string]> {
    const answer = await this.ask(method, path, body, byKey);
    const text = await answer.text();
    return [answer.status, answer.ok ? "" : JSON.parse(text).error.message];
  }
  signIn = (passkey: object) => this.try("POST", "console/sessions", { passkey });
  async options(path: string, byKey = false): Promise<Options> {
    return (await this.read<{ publicKey: Options }>("POST", `${path}/challenge`, {}, byKey)).publicKey;
  }
  /** Makes a passkey of an owner. */
  async make(owner: string, authenticator: ReturnType<typeof createAuthenticator>, byKey = false) {
    const path = `console/owners/${owner}/passkeys`;
    const credential = authenticator.make(await this.options(path, byKey));
    return this.read<{ id: string }>("POST", path, { name: "My phone", credential }, byKey);
  }
  async user(): Promise<unknown> {
    const { user, how } = await this.read<{ user?: { id: string }; how?: string }>("GET", "console");
    return user && [user.id, how];
  }
}
