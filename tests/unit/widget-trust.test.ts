import { expect, test } from "bun:test";
import { mayReceiveTokens, type ScriptTag } from "../../widget/page/trust.ts";

const PAGE = "https://site.example/forum";
const OWN = "https://chat.example/";
const tag = (src: string, tokenServers?: string): ScriptTag => ({ src, dataset: { tokenServers } });

test.each([
  ["the script's own", "https://chat.example", [], true],
  ["the same with a slash", "https://chat.example/", [], true],
  ["another", "https://thief.example", [], false],
  ["a folder of the same host", "https://chat.example/other", [], false],
  ["another port", "https://chat.example:8443", [], false],
  ["none that can be read", "http://[", [], false],
  ["an address of the page", "/chat", [], false],
  ["a second script's", "https://two.example", [tag("https://two.example/widget.js?topic=a")], true],
  [
    "a pinned script's",
    "https://two.example/chat",
    [tag("https://two.example/chat/widget@1.0.0-ab.js")],
    true,
  ],
  ["a script's of somebody else", "https://cdn.example", [tag("https://cdn.example/app.js")], false],
  [
    "a listed one",
    "https://b.example",
    [tag("https://chat.example/widget.js", "https://a.example https://b.example/")],
    true,
  ],
  [
    "one that another script lists",
    "https://b.example",
    [tag("https://cdn.example/app.js", "https://b.example")],
    false,
  ],
] as [string, string, ScriptTag[], boolean][])("tokens for %s: %s", (_, server, tags, expected) => {
  expect(mayReceiveTokens(server, OWN, PAGE, tags)).toBe(expected);
});
