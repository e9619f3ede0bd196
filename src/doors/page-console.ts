/**
 * The page `/console`: the owner's console, which is a program of the browser (widget/console). The page holds nothing of the server;
 * everything comes from the admin API, after a sign-in. Its policy allows this server's own scripts and no other host.
 */
import { toPage } from "./html-page.ts";
import { drawBar, LOOK } from "./page-look.ts";

const POLICY = [
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "frame-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** Creates the route; `script` is the address of the program, relative to the server's own. */
export function createConsolePage(script: string) {
  const body =
    `<div id="console">${drawBar("./")}<main><h1>Console</h1><noscript><p>The console needs JavaScript. ` +
    "Everything that it does is also a route of the admin API: " +
    '<a href="docs/OPERATIONS.md">docs/OPERATIONS.md</a>.</p></noscript></main></div>' +
    `<script type="module" src="${Bun.escapeHTML(script)}"></script>`;

  return (): Response => {
    const page = toPage({ title: "Console · Kabar", style: LOOK, body, policy: POLICY });
    page.headers.set("Cross-Origin-Opener-Policy", "same-origin");
    return page;
  };
}
