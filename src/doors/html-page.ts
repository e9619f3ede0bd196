/**
 * How a page of our own is made: its frame, its one style sheet, its headers, and the page that says what went wrong. A
 * page's policy allows its own style by hash and nothing else but what the page asks for. Escaping what visitors wrote is
 * for whoever makes the body.
 */
import { createHash } from "node:crypto";
import { ERRORS, type KabarError } from "../errors.ts";

/** What a page consists of. */
export interface PageParts {
  title: string;
  /** The language of the page, a checked tag; default English. */
  lang?: string;
  /** CSS, known when the program is written. */
  style: string;
  /** Markup. Whatever came from outside is escaped in it. */
  body: string;
  status?: number;
  /** Directives beyond `default-src 'none'` and the style; without a word on it, nobody may frame the page. */
  policy?: readonly string[];
}

/** The response that is this page. */
export function toPage({ title, lang = "en", style, body, status = 200, policy = [] }: PageParts): Response {
  const directives = [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
    ...(policy.some((directive) => directive.startsWith("frame-ancestors"))
      ? []
      : ["frame-ancestors 'none'"]),
    ...policy,
  ];
  const html =
    `<!doctype html><html lang="${lang}"><head><meta charset="utf-8">` +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>${Bun.escapeHTML(title)}</title><style>${style}</style></head><body>${body}</body></html>`;
  return new Response(html, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Length": String(Buffer.byteLength(html)),
      "Content-Security-Policy": directives.join("; "),
      "Cache-Control": "no-cache",
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    },
  });
}

const ERROR_STYLE =
  ":root{color-scheme:light dark}body{margin:15vh auto;padding:0 16px;max-width:32rem;font:16px/1.5 system-ui,sans-serif}" +
  "h1{font-size:20px;overflow-wrap:anywhere}";

/** An error, for somebody who reads pages. A topic's name that is none names nothing: 404. */
export function toErrorPage(error: KabarError, policy: readonly string[] = []): Response {
  const status = error.code === "bad-topic" ? 404 : ERRORS[error.code].status;
  const body = `<main><h1>${Bun.escapeHTML(error.message)}</h1><p>${status} ${error.code}</p></main>`;
  return toPage({ title: `${status}`, style: ERROR_STYLE, body, status, policy });
}
