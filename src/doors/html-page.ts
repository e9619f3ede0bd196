/**
 * Builds the HTML pages of the server, with their headers, and the page for an error. The policy of a page allows its own
 * style by hash, and otherwise only what the page names. The caller escapes every text in the body.
 */
import { createHash } from "node:crypto";
import { ERRORS, type KabarError } from "../errors.ts";

/** The parts of a page. */
export interface PageParts {
  title: string;
  /** The language of the page, a checked tag; default English. */
  lang?: string;
  /** CSS. A constant: the policy allows exactly this text. */
  style: string;
  /** Markup, with every text from outside escaped. */
  body: string;
  status?: number;
  /** Directives beyond `default-src 'none'` and the style. Without a `frame-ancestors` among them, no page may frame this one. */
  policy?: readonly string[];
}

/** A page as a response. */
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

/** An error as a page. An invalid topic name is 404 here: no such page exists. */
export function toErrorPage(error: KabarError, policy: readonly string[] = []): Response {
  const status = error.code === "bad-topic" ? 404 : ERRORS[error.code].status;
  const body = `<main><h1>${Bun.escapeHTML(error.message)}</h1><p>${status} ${error.code}</p></main>`;
  return toPage({ title: `${status}`, style: ERROR_STYLE, body, status, policy });
}
