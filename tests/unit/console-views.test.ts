/** The pure parts of the console: what its views make of the server's answers. */
import { expect, test } from "bun:test";
import { merge } from "../../widget/console/inbox-cases.ts";
import { fieldOf, tableOf } from "../../widget/console/topic-rule.ts";
import { ruleFor } from "../../widget/console/topic-page.tsx";
import { pathsOf } from "../../widget/console/plot.tsx";
import { keepPlaces } from "../../widget/console/held-places.ts";
import { addPoints, type Series } from "../../widget/console/live.ts";
import { fromNow, inBytes, inNumber } from "../../widget/console/speech.ts";
import { EMBED_DEFAULTS, previewPath, tagOf } from "../../widget/console/tag.ts";
import { buildConfig } from "../../src/config.ts";
import type { InboxCase } from "../../src/model.ts";
import { describeSettings } from "../../src/doors/settings-admin.ts";
import { parseTopicRule, topicTableOf } from "../../src/topic-rules.ts";

const user = { id: "g-ana", name: "Ana", role: "guest" } as const;
const held = (messageId: string, at: number): InboxCase => ({
  kind: "held",
  topic: "lobby",
  at,
  standing: "ok",
  held: { topic: "lobby", messageId, user, text: "x", at, heldFor: "review" },
});
const reported = (offset: number, at: number): InboxCase => ({
  kind: "reported",
  topic: "lobby",
  at,
  offset,
  reports: [],
  standing: "ok",
});

test("cases keep their places: new ones come at the end, decided ones stay and are marked", () => {
  const first = merge([], [held("b", 2), held("c", 3)], false);
  const second = merge(first, [held("a", 1), held("c", 3)], false);
  expect(second.map(({ key, state }) => [key.slice(-1), state])).toEqual([
    ["b", "gone"],
    ["c", "open"],
    ["a", "open"],
  ]);
  // While it is being decided here, or when the list is cut, a missing case is not somebody else's decision.
  const busy = second.map((entry) => ({
    ...entry,
    state: entry.key.endsWith("c") ? ("busy" as const) : entry.state,
  }));
  expect(merge(busy, [], false).map(({ state }) => state)).toEqual(["gone", "busy", "gone"]);
  expect(merge(first, [], true).map(({ state }) => state)).toEqual(["open", "open"]);
});

test("a message that is reported again after a decision is open again, an answer from before is not", () => {
  const [entry] = merge([], [reported(7, 1)], false);
  const decided = [{ ...entry, state: "done" as const, word: "Kept." }] as ReturnType<typeof merge>;
  expect(merge(decided, [reported(7, 1)], false)[0]).toMatchObject({ state: "done", word: "Kept." });
  const [again] = merge(decided, [reported(7, 9)], false);
  expect([again?.state, again?.word]).toEqual(["open", undefined]);
});

test("the form has every field of a rule, and sends what the server stores", () => {
  const defaults = { maxTextBytes: 8192, retainMessages: 100, retainDays: 3 };
  const rule = parseTopicRule("lobby", { title: "Lobby", guests: "read", react: false }, defaults);
  const texts = Object.fromEntries(Object.entries(rule).map(([name, value]) => [name, String(value)]));
  expect(tableOf(texts)).toEqual(topicTableOf(rule));
  expect(tableOf({ ...texts, maxTextBytes: "many" })).toMatchObject({ max_text_bytes: "many" });
  expect(() => parseTopicRule("lobby", tableOf({ ...texts, maxTextBytes: "many" }), defaults)).toThrow(
    /max_text_bytes/,
  );
  expect(fieldOf("max_text_bytes")?.name).toBe("maxTextBytes");
  expect(fieldOf(undefined)).toBeUndefined();
});

test("a topic follows its own rule, or the longest pattern that covers it", () => {
  const rules = ["*", "help-*", "help-me-*", "lobby"].map((pattern) => ({ pattern }) as never);
  const found = (name: string) => (ruleFor(name, rules) as { pattern: string } | undefined)?.pattern;
  expect(["lobby", "help-x", "help-me-x", "other", "help-*"].map(found)).toEqual([
    "lobby",
    "help-*",
    "help-me-*",
    "*",
    "help-*",
  ]);
  expect(ruleFor("none", [])).toBeUndefined();
});

test("a plot ends at the right edge, whatever its values", () => {
  expect(pathsOf([], 60)).toEqual({ line: "", area: "" });
  for (const values of [[0], [0, 0, 0], [5, 1e12, 3], Array.from({ length: 360 }, (_, i) => i)])
    expect(pathsOf(values, 360).line).toMatch(/^M[\d.,L]*360\.0,[\d.]+$/);
});

test("rows under a hand keep their places, in their present form", () => {
  const row = (key: number, text = "") => ({ key, text });
  const keyOf = ({ key }: { key: number }) => key;
  const before = [row(2, "b"), row(1, "a")];
  const now = [row(4, "d"), row(3, "c"), row(2, "edited")];
  // The newest messages: a page that grows at its beginning.
  expect(keepPlaces(before, now, { keyOf, news: "later" })).toEqual([row(2, "edited"), row(1, "a")]);
  // People, who come and go.
  expect(keepPlaces(before, now, { keyOf, news: "last" })).toEqual([
    row(2, "edited"),
    row(4, "d"),
    row(3, "c"),
  ]);
});

test("new points go to the end of every sign that the server plots, and the oldest leave", () => {
  const points = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  // A sign that only a newer server has is kept too.
  const seriesOf = (values: number[]) =>
    ({ stepMs: 10_000, at: values, sessions: values, news: values }) as unknown as Series;
  expect(addPoints(seriesOf(points(0, 3)), seriesOf(points(3, 5)))).toEqual(seriesOf(points(0, 5)));
  expect(addPoints(seriesOf(points(0, 360)), seriesOf(points(360, 362)))).toEqual(seriesOf(points(2, 362)));
});

test("times, sizes and numbers are words that people say", () => {
  const at = 1_800_000_000_000;
  expect([0, 59_000, 120_000, 7_200_000, 172_800_000].map((ms) => fromNow(at - ms, at))).toEqual([
    "now",
    "now",
    "2 minutes ago",
    "2 hours ago",
    "2 days ago",
  ]);
  // What begins or ends in the future is as long as it was set to be, also a moment later.
  expect([59_000, 599_000, 86_399_000, 604_799_000].map((ms) => fromNow(at + ms, at))).toEqual([
    "in 1 minute",
    "in 10 minutes",
    "in 24 hours",
    "in 7 days",
  ]);
  expect([0, 999, 1500, 12_345_678, 7e15].map(inBytes)).toEqual([
    "0 bytes",
    "999 bytes",
    "1.5 kB",
    "12 MB",
    "7,000 TB",
  ]);
  expect([0, 0.25, 12.4, 12_345].map(inNumber)).toEqual(["0", "0.3", "12", "12,345"]);
});

test("the tag has what was chosen, and nothing breaks out of it", () => {
  const address = "https://x.example/chat";
  expect(tagOf({ ...EMBED_DEFAULTS, topic: "a" }, address)).toBe(
    '<script async src="https://x.example/chat/widget.js" data-topic="a"></script>',
  );
  const looks = { mode: "panel", position: "start", theme: "dark", palette: "sand" };
  const chosen = { ...looks, topic: 'a"><b>', title: "<i>&", accent: "#b3261e" };
  expect(tagOf(chosen, address)).toBe(
    "<style>kabar-chat { --kabar-accent: #b3261e }</style>\n" +
      '<script async src="https://x.example/chat/widget.js" data-topic="a&quot;&gt;&lt;b&gt;" data-mode="panel" data-position="start" data-theme="dark" data-palette="sand" data-title="&lt;i&gt;&amp;"></script>',
  );
  expect(tagOf({ ...EMBED_DEFAULTS, topic: "a", accent: "red}</style><b>" }, address)).not.toContain("style");
  expect(previewPath(chosen)).toBe("embed/a%22%3E%3Cb%3E?theme=dark&palette=sand");
});

test("settings tell where they come from, and no secret", () => {
  const env = { KABAR_TOKEN_SECRET: "s".repeat(40), PORT: "0" };
  const shown = describeSettings(buildConfig({ retain_days: 3 }, env), env) as Record<string, unknown>[];
  const find = (key: string) => shown.find((setting) => setting.key === key);
  expect(find("token_secret")).toMatchObject({ value: "********", source: "environment" });
  expect(find("retain_days")).toMatchObject({ value: 3, source: "file", default: 0 });
  expect(find("host")).toMatchObject({ value: "127.0.0.1", source: "default" });
  expect(JSON.stringify(shown)).not.toContain("sss");
});
