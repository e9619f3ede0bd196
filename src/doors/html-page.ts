/**
 * Builds the HTML pages of the server, with their headers, and the page for an error. The policy of a page allows its own
 * style by hash, and otherwise only what the page names. The caller escapes every text in the body.
 */
import { ERRORS, type KabarError } from "../errors.ts";
import { drawBar, LOOK, type Root } from "./page-look.ts";
import { parseUrl } from "./request.ts";

/** The parts of a page. */
export interface PageParts {
  title: string;
  /** The language of the page, a checked tag; default English. */
  lang?: string;
  /** Links of the head, with every text from outside escaped. */
  head?: string;
  /** CSS. A constant: the policy allows exactly this text. */
  style: string;
  /** Markup, with every text from outside escaped. */
  body: string;
  status?: number;
  /** Directives beyond `default-src 'none'` and the style. Without a `frame-ancestors` among them, no page may frame this one. */
  policy?: readonly string[];
}

/** The hash of a style or script, as a source of a policy (CSP3 section 2.3.1). */
export const hashSource = (content: string): string =>
  `'sha256-${new Bun.CryptoHasher("sha256").update(content).digest("base64")}'`;

/**
 * The sources of `connect-src` for a page that opens a session on its own host. Old browsers do not count a WebSocket among
 * `'self'`. A host that could end a directive is left out: URLs allow `;` in names.
 */
export function connectSources(request: Request): string {
  const { host } = parseUrl(request.url);
  return /^[\w.:[\]-]+$/.test(host) ? `'self' ws://${host} wss://${host}` : "'self'";
}

/** A page as a response. */
export function toPage({
  title,
  lang = "en",
  head = "",
  style,
  body,
  status = 200,
  policy = [],
}: PageParts): Response {
  const directives = [
    "default-src 'none'",
    `style-src ${hashSource(style)}`,
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
    `<title>${Bun.escapeHTML(title)}</title>${head}<style>${style}</style></head><body>${body}</body></html>`;
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

const ERROR_STYLE = `${LOOK}
main{margin-block:auto;padding-block:48px 96px}
.status{margin:0 0 8px;color:var(--muted);font-size:14px}
h1{font-size:20px}
`;

/** Deepest address whose page leads back to the first one; a deeper one leads part of the way. */
const MAX_DEPTH = 8;

/** Whether a browser asks for a page, not a program for data. */
export const isPageRequest = ({ method, headers }: Request, path: string): boolean =>
  method === "GET" && !path.startsWith("/api/") && !!headers.get("accept")?.includes("text/html");

/** Returns the way from an address to the first page. */
export function rootOf(path: string): Root {
  const depth = Math.min(path.split("/").length - 2, MAX_DEPTH);
  return depth > 0 ? `../${"../".repeat(depth - 1)}` : "./";
}

/** What a reader can do about an error, by its status. */
const ADVICE: Readonly<Record<number, string>> = {
  400: "The address of this page is not complete or has a mistake in it.",
  401: "Open the page again from the site that it belongs to.",
  403: "This page is not public. Open it from the site that it belongs to, where you are signed in.",
  404: "Check the address. If a link led here, its page may have moved.",
  429: "Please wait a moment and load the page again.",
  503: "The server is busy. Please load the page again in a moment.",
};

const UNKNOWN_TOPIC = "Check the address. Its last part must be the name of a topic of this server.";

/**
 * An error as a page, for an address one folder down (`/t/`, `/embed/`) unless `root` says otherwise. An invalid topic name is 404 here: no
 * such page exists.
 */
export function toErrorPage(error: KabarError, policy: readonly string[] = [], root: Root = "../"): Response {
  const status = error.code === "bad-topic" ? 404 : ERRORS[error.code].status;
  const advice =
    (error.code === "topic-unknown" && UNKNOWN_TOPIC) ||
    ADVICE[status] ||
    "Please load the page again in a moment.";
  const body =
    `${drawBar(root)}<main><p class="status">${status} ${error.code}</p><h1>${Bun.escapeHTML(error.message)}</h1>` +
    `<p>${advice}</p></main>`;
  return toPage({ title: `${status}`, style: ERROR_STYLE, body, status, policy });
}
