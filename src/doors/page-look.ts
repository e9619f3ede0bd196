/**
 * The look that the server's pages share: colours, type, the bar at the top, the foot. Texts of the bar are fixed; a page
 * passes only markup of its own. The page for frames has none of it: it shows the chat alone.
 */

/**
 * Styles of every page. The colours are the chat's defaults, so that a chat in a page belongs to it. A page's own styles
 * come after these.
 */
export const LOOK = `
:root{color-scheme:light dark;--text:light-dark(#14171f,#e8ebf1);--muted:light-dark(#5b6472,#9aa4b5);--page:light-dark(#f4f6f9,#0c0e13);
--card:light-dark(#fff,#12151c);--line:light-dark(#dde2ea,#2b323e);--control:light-dark(#7c8696,#6b7687);--accent:light-dark(#2f5bea,#8fa8ff);
--on-accent:light-dark(#fff,#0b1020)}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;font:16px/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;
color:var(--text);background:var(--page)}
.bar,.foot{display:flex;flex-wrap:wrap;align-items:center;gap:0 20px;padding-inline:max(20px,(100% - 1080px)/2);font-size:14px}
.bar{min-height:52px;background:var(--card);border-block-end:1px solid var(--line)}
.bar nav{display:flex;flex-wrap:wrap;gap:0 20px;margin-inline-start:auto}
.bar a,.foot a{display:inline-flex;align-items:center;min-height:44px;color:var(--muted);text-decoration:none}
.bar a:hover,.foot a:hover{color:var(--text);text-decoration:underline;text-underline-offset:3px}
.bar .brand{gap:8px;font-size:16px;font-weight:650;color:var(--text)}
.brand svg{fill:var(--accent)}
.foot{margin-block-start:auto;padding-block:8px;color:var(--muted);border-block-start:1px solid var(--line)}
main{width:100%;max-width:44rem;margin:0 auto;padding:32px 20px 64px}
h1{margin:0 0 8px;font-size:26px;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:32px 0 8px;font-size:16px;line-height:1.4;font-weight:600}
p{margin:0 0 12px}
a{color:var(--accent);text-underline-offset:2px}
code,pre{font:.875em/1.6 ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.muted{color:var(--muted);font-size:14px}
.button{display:inline-flex;align-items:center;justify-content:center;min-height:44px;padding:0 16px;border:1px solid transparent;border-radius:8px;
font-weight:600;font-size:15px;line-height:1.2;font-family:inherit;color:var(--on-accent);background:var(--accent);text-decoration:none;cursor:pointer}
.button:hover{filter:brightness(.92)}
.button:disabled{color:var(--muted);background:var(--page);border-color:var(--line);cursor:default;filter:none}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media(forced-colors:active){.button{color:ButtonText;background:ButtonFace;border-color:ButtonText}.brand svg{fill:currentColor}}
@media print{.bar,.foot{display:none}body{background:none}}
`;

const BUBBLE =
  '<svg aria-hidden="true" viewBox="0 0 32 32" width="22" height="22"><path d="M6 3h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4z"/></svg>';

/** The way from a page to the first page. Relative, so that a proxy may serve all pages below a path that the server does not know. */
export type Root = "./" | `../${string}`;

/** The bar at the top of a page: the way to the first page, and the page's own links. */
export const drawBar = (root: Root, links = ""): string =>
  `<header class="bar"><a class="brand" href="${root}">${BUBBLE}Kabar</a>${links === "" ? "" : `<nav aria-label="Pages">${links}</nav>`}</header>`;

/** The foot of a page that visitors read. */
export const drawFoot = (root: Root): string =>
  `<footer class="foot"><a href="${root}privacy">Privacy</a></footer>`;
