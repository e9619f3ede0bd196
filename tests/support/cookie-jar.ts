/** The cookies of one browser, of all paths: each server of a test has names of its own. */
export class CookieJar {
  readonly cookies = new Map<string, string>();
  /** Every header that set a cookie. */
  readonly set: string[] = [];

  /** The header `Cookie` of the next request. */
  header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Keeps the cookies of an answer, and drops those that it ends. */
  take(answer: Response): void {
    for (const header of answer.headers.getSetCookie()) {
      this.set.push(header);
      const { name, value, maxAge } = Bun.Cookie.parse(header);
      if (value === "" || maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
