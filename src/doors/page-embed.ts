/**
 * `GET /embed/:topic`: the widget as a page of its own, for an `<iframe>` where scripts of others are not wanted, for a
 * window beside the page, for streaming software (`?mode=overlay`). Only pages that may connect may frame it. The page has no
 * script but the widget's.
 */
import type { Config } from "../config.ts";
import { asKabarError } from "../errors.ts";
import { toErrorPage, toPage } from "./html-page.ts";
import { framingOf, parseQuery, parseUrl, requireTopic, type RouteRequest } from "./request.ts";
import { oneOf, textLike } from "../parsing.ts";

const QUERY = {
  theme: oneOf(["auto", "light", "dark"]).default("auto"),
  mode: oneOf(["inline", "overlay"]).default("inline"),
  lang: textLike(/^[A-Za-z0-9-]{2,35}$/, "a language tag such as en or pt-BR").optional(),
};

/** As tall as the frame; its edges are the frame's. The overlay page is see-through. */
const STYLE =
  "html,body{margin:0;height:100%;font-family:system-ui,sans-serif}kabar-chat{--kabar-height:100%;--kabar-radius:0px;min-height:0;height:100%}" +
  "kabar-chat::part(panel){border:0}" +
  "noscript a{font:16px system-ui;padding:16px;display:block}";
/** A frame of another scheme than its page's is opaque: not where it is to be see-through. */
const SCHEME = ":root{color-scheme:light dark}";

/** What the visitor's browser would rather read, for the widget to say it in. */
const preferredLanguage = (request: Request): string =>
  /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*/.exec(request.headers.get("accept-language") ?? "")?.[0] ?? "en";

/** Makes the route. `unexpected` hears of what is our bug. */
export function createEmbedPage(
  config: Pick<Config, "allowedOrigins" | "publicUrl">,
  unexpected: (error: unknown) => void,
) {
  const framing = framingOf(config);

  return (request: RouteRequest): Response => {
    try {
      const topic = requireTopic(request);
      const { theme, mode, lang = preferredLanguage(request) } = parseQuery(request.url, QUERY);
      const { host } = parseUrl(request.url);
      // None of these needs escaping: their rules allow nothing that would.
      const attributes = Object.entries({ topic, theme, mode, load: "eager" })
        .map(([name, value]) => ` data-${name}="${value}"`)
        .join("");
      const fallback = `<noscript><a href="/t/${encodeURIComponent(topic)}">Read ${topic}</a></noscript>`;
      return toPage({
        title: topic,
        lang,
        style: mode === "overlay" ? STYLE : SCHEME + STYLE,
        body: `<script src="/widget.js"${attributes}></script>${fallback}`,
        policy: [
          "script-src 'self'",
          `connect-src 'self' ws://${host} wss://${host}`,
          "img-src 'self' https:",
          "require-trusted-types-for 'script'",
          framing,
        ],
      });
    } catch (thrown) {
      return toErrorPage(asKabarError(thrown, unexpected), [framing]);
    }
  };
}
