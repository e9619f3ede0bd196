/**
 * The page `/embed/:topic`: the widget alone, for an `<iframe>`, a separate window, or streaming software.
 * Only pages that may connect may frame it. The page runs no script but the widget's.
 */
import { asKabarError } from "../errors.ts";
import type { Policy } from "../topics/policy.ts";
import { connectSources, toErrorPage, toPage } from "./html-page.ts";
import { type AllowedOrigins, framingOf, parseQuery, requireTopic, type RouteRequest } from "./request.ts";
import { oneOf, textLike } from "../parsing.ts";

export const EMBED_QUERY = {
  theme: oneOf(["auto", "light", "dark"]).default("auto"),
  palette: oneOf(["sand", "forest", "ocean", "plum", "ink"]).optional(),
  mode: oneOf(["inline", "overlay"]).default("inline"),
  lang: textLike(/^[A-Za-z0-9-]{2,35}$/, "a language tag such as en or pt-BR").optional(),
};

/** Fills the frame, without a border of its own. */
const STYLE =
  "html,body{margin:0;height:100%;font-family:system-ui,sans-serif}kabar-chat{--kabar-height:100%;--kabar-radius:0px;min-height:0;height:100%}" +
  // The link of a chat that is refused would lead to this page.
  "kabar-chat::part(panel){border:0}kabar-chat::part(new-tab){display:none}" +
  "noscript a{font:16px system-ui;padding:16px;display:block}";
/** Follows the browser's colour scheme. Not for the overlay, which is transparent: a frame with another scheme than its page is opaque. */
const SCHEME = ":root{color-scheme:light dark}";

/** The language that the reader's browser prefers, for the widget's texts. */
const preferredLanguage = (request: Request): string =>
  /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*/.exec(request.headers.get("accept-language") ?? "")?.[0] ?? "en";

/** The title of a topic as everyone may see it: that of a topic that guests may not read is for its readers. */
export function shownTitle(policy: Pick<Policy, "ruleOf">, topic: string): string {
  const rule = policy.ruleOf(topic);
  return (rule && rule.guests !== "none" && rule.title) || topic;
}

/** Creates the route. `unexpected` receives every thrown error that is a bug. */
export function createEmbedPage(
  origins: AllowedOrigins,
  policy: Pick<Policy, "ruleOf">,
  unexpected: (error: unknown) => void,
) {
  return (request: RouteRequest): Response => {
    try {
      const topic = requireTopic(request);
      const {
        theme,
        palette,
        mode,
        lang = preferredLanguage(request),
      } = parseQuery(request.url, EMBED_QUERY);
      // Their rules allow no character that needs escaping.
      const attributes = Object.entries({ topic, theme, mode, load: "eager", ...(palette && { palette }) })
        .map(([name, value]) => ` data-${name}="${value}"`)
        .join("");
      const title = shownTitle(policy, topic);
      const fallback = `<noscript><a href="../t/${encodeURIComponent(topic)}">Read ${Bun.escapeHTML(title)}</a></noscript>`;
      return toPage({
        title,
        lang,
        head:
          `<link rel="manifest" href="${encodeURIComponent(topic)}/app.webmanifest">` +
          '<link rel="apple-touch-icon" href="../app-icon.png">',
        style: mode === "overlay" ? STYLE : SCHEME + STYLE,
        body: `<script src="../widget.js"${attributes}></script>${fallback}`,
        policy: [
          "script-src 'self'",
          `connect-src ${connectSources(request)}`,
          "img-src 'self' https:",
          "manifest-src 'self'",
          "require-trusted-types-for 'script'",
          framingOf(origins),
        ],
      });
    } catch (thrown) {
      return toErrorPage(asKabarError(thrown, unexpected), [framingOf(origins)]);
    }
  };
}
