/** Style rules of common pages: resets of frameworks and old habits, a few rules each. */

/** Rules that reach for every element; none of them may reach into the widget. */
export const HOSTILE: Record<string, string> = {
  "a framework of ten years ago": `
    *, *:before, *:after { box-sizing: border-box } html { font-size: 10px } body { font-size: 14px; line-height: 1.42857; color: #333 }
    button, input, textarea { font: inherit; line-height: inherit; margin: 0; border-radius: 4px } h2 { margin: 20px 0 10px; font-size: 30px; font-weight: 500 }
    p, ol, ul { margin: 0 0 10px } a { color: #337ab7; text-decoration: none } textarea { overflow: auto; height: auto } label { display: inline-block; font-weight: 700 }
    [role="button"] { cursor: pointer } .close { float: right; font-size: 21px; opacity: .2 } .hint, .line, .top, .head, .own, .new { display: none; float: left }`,
  "a reset of utility classes": `
    *, ::before, ::after { box-sizing: border-box; border: 0 solid #e5e7eb } html { line-height: 1.5; tab-size: 4 } body { margin: 0; line-height: inherit }
    h1, h2 { font-size: inherit; font-weight: inherit } a { color: inherit; text-decoration: inherit } button, input, textarea { font: inherit; color: inherit; margin: 0; padding: 0 }
    button { background: transparent; text-transform: none } ol, ul { list-style: none; margin: 0; padding: 0 } svg { display: block; vertical-align: middle } .hidden, .root { display: none }`,
  "everything is a content box, spaced and in capitals": `
    * { box-sizing: content-box; margin: 0; padding: 4px; line-height: 3; letter-spacing: 2px; word-spacing: 9px; text-transform: uppercase; color: #c00; text-align: center; float: none; min-width: 10px; cursor: crosshair }
    kabar-chat { padding: 0 }`,
  "the root's letters are small": "html { font-size: 10px } body { font-size: 1.6rem }",
  "buttons and fields are unset":
    "button, input, textarea, h2, p, ol, li, a, article, section, form { all: unset } svg { fill: red; stroke: none; width: 100% }",
  "the body is transformed":
    "body { transform: translateZ(0); filter: none; perspective: 900px; will-change: transform }",
};
