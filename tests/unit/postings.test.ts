/** Payloads of Slack, Mattermost, Discord, GitHub and Grafana, as their documentation shows them, as messages of this server. */
import { describe, expect, test } from "bun:test";
import { readDiscord } from "../../src/hooks/discord-format.ts";
import { readGitHub } from "../../src/hooks/github-format.ts";
import { readGrafana } from "../../src/hooks/grafana-format.ts";
import { fitPosting, type Posting } from "../../src/hooks/posting.ts";
import { readSlack } from "../../src/hooks/slack-format.ts";

const fit = (posting: Posting, maxBytes = 8192) => fitPosting(posting, maxBytes);
const slack = (payload: object) => fit(readSlack(payload as Record<string, unknown>))?.content;
const discord = (payload: object) => fit(readDiscord(payload as Record<string, unknown>))?.content;

test.each([
  ["Deploy *done* by _ana_ :tada:", "Deploy **done** by _ana_ 🎉"],
  ["<https://ci.example/7|Build 7> failed", "Build 7 (https://ci.example/7) failed"],
  ["<https://ci.example/7>", "https://ci.example/7"],
  ["<@U024BE7LH> <#C024BE7LR|general> <!here> <!subteam^S1|@ops>", "@U024BE7LH #general @here @ops"],
  ["<!date^1392734382^Posted {date}|Feb 18>", "Feb 18"],
  ["a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"],
  ["`rm *a* :x:` stays", "`rm *a* :x:` stays"],
  ["2*3*4 and **bold** and *not closed", "2*3*4 and **bold** and *not closed"],
  ["[Docs](https://docs.example/a_b)", "Docs (https://docs.example/a_b)"],
  ["<stdin>: :unknown_thing:", "<stdin>: :unknown_thing:"],
])("Slack's %p reads %p", (text, wanted) => expect(slack({ text })?.text).toBe(wanted));

test("attachments of an alert become title, link, priority and lines", () => {
  const attachment = {
    color: "danger",
    pretext: "From *prod*",
    author_name: "Alertmanager",
    title: "DiskFull",
    title_link: "https://alerts.example/1",
    text: "98 % used",
    fields: [{ title: "Host", value: "db-1", short: true }, { value: "no title" }],
    actions: [
      { type: "button", text: "Silence", url: "https://alerts.example/s" },
      { text: "Ack", name: "ack" },
    ],
    footer: "since 10:00",
  };
  expect(slack({ attachments: [attachment, { fallback: "only a fallback" }] })).toEqual({
    title: "DiskFull",
    link: "https://alerts.example/1",
    priority: 4,
    data: { colors: ["danger"] },
    actions: [{ type: "view", label: "Silence", url: "https://alerts.example/s" }],
    text: [
      "From **prod**",
      "Alertmanager",
      "98 % used",
      "**Host:** db-1",
      "no title",
      "[Ack] (this button works only where the message comes from)",
      "since 10:00",
      "only a fallback",
    ].join("\n"),
  });
});

test("blocks become lines, and the text beside them is not said twice", () => {
  const text = (words: string, type = "mrkdwn") => ({ type, text: words });
  const blocks = [
    { type: "header", text: text("New request", "plain_text") },
    {
      type: "section",
      text: text("*Ana* asks"),
      fields: [text("*When:*\nToday")],
      accessory: { type: "button", text: text("View", "plain_text"), url: "https://a.example/" },
    },
    { type: "divider" },
    {
      type: "context",
      elements: [{ type: "image", image_url: "https://a.example/x.png", alt_text: "pic" }, text("small")],
    },
    { type: "actions", elements: [{ type: "button", text: text("Approve", "plain_text"), value: "1" }] },
    {
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [
            { type: "text", text: "see " },
            { type: "link", url: "https://b.example/", text: "b" },
            { type: "emoji", name: "fire" },
          ],
        },
        {
          type: "rich_text_list",
          style: "ordered",
          elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "one" }] }],
        },
      ],
    },
    { type: "hologram", text: text("shine") },
  ];
  expect(slack({ text: "fallback", blocks })).toEqual({
    title: "New request",
    actions: [{ type: "view", label: "View", url: "https://a.example/" }],
    text: [
      "**Ana** asks",
      "**When:** Today",
      "pic (https://a.example/x.png) · small",
      "[Approve] (this button works only where the message comes from)",
      "see b (https://b.example/)🔥",
      "1. one",
      "shine",
      '(A block of type "hologram" cannot be shown here.)',
    ].join("\n"),
  });
  expect(slack({ text: "fallback", blocks: [{ type: "divider" }] })?.text).toBe("fallback");
});

test("Mattermost's priority, card and name; Slack's name and icon", () => {
  expect(
    readSlack({ text: "**x**", username: "CI", priority: { priority: "urgent" }, props: { card: "More" } }),
  ).toMatchObject({ name: "CI", priority: 5, lines: ["**x**", "More"] });
  const posted = readSlack({ text: "x", icon_emoji: ":ghost:", icon_url: "https://a.example/i.png" });
  expect(fit(posted)).toMatchObject({ content: { icon: "👻" }, avatar: "https://a.example/i.png" });
  expect(fit(readSlack({ text: "x", icon_emoji: ":nothing:", icon_url: "http://a.example/" }))).toEqual({
    content: { text: "x" },
  });
});

test("Discord's content, embeds, mentions and poll", () => {
  const payload = {
    username: "Spidey",
    avatar_url: "https://a.example/s.png",
    content: "**Hi** <@123> <t:0:R> <:blob:9> [site](https://a.example/) <https://b.example/>",
    embeds: [
      {
        author: { name: "Bot", url: "https://bot.example/" },
        title: "Title",
        url: "https://t.example/",
        description: "Words",
        color: 15258703,
        fields: [{ name: "A", value: "1" }],
        image: { url: "https://i.example/" },
        footer: { text: "end" },
      },
      { title: "Second" },
    ],
    poll: { question: { text: "Lunch?" }, answers: [{ poll_media: { text: "yes" } }] },
    components: [{ type: 1, components: [{ type: 2, label: "Open", url: "https://o.example/" }] }],
  };
  expect(discord(payload)).toEqual({
    title: "Title",
    link: "https://t.example/",
    data: { colors: [15258703] },
    actions: [{ type: "view", label: "Open", url: "https://o.example/" }],
    text: [
      "**Hi** @123 1970-01-01 00:00 UTC :blob: site (https://a.example/) https://b.example/",
      "Bot (https://bot.example/)",
      "Words",
      "**A:** 1",
      "https://i.example/",
      "end",
      "**Second**",
      "Lunch? yes",
    ].join("\n"),
  });
});

describe("the sender's own limits hold:", () => {
  test.each([
    ["101 attachments", readSlack, { attachments: Array(101).fill({}) }, "too_many_attachments"],
    ["51 blocks", readSlack, { blocks: Array(51).fill({}) }, "invalid_blocks"],
    ["blocks that are no list", readSlack, { blocks: "x" }, "invalid_blocks"],
    ["2001 characters", readDiscord, { content: "x".repeat(2001) }, "content"],
    ["11 embeds", readDiscord, { embeds: Array(11).fill({}) }, "embeds"],
    ["26 fields", readDiscord, { embeds: [{ fields: Array(26).fill({}) }] }, "embeds"],
  ])("%s", (_, read, payload, word) => {
    expect(() => read(payload)).toThrow(expect.objectContaining({ word }));
  });
});

const repository = { full_name: "octo/app", html_url: "https://github.com/octo/app" };
const sender = { login: "ana" };
const pr = { number: 7, title: "Fix it", html_url: "https://github.com/octo/app/pull/7", body: "Because." };
test.each([
  [
    "push",
    {
      ref: "refs/heads/main",
      compare: "https://github.com/octo/app/compare/a...b",
      commits: Array.from({ length: 7 }, (_, i) => ({
        id: `${i}abcdef0123`,
        message: `Change ${i}\n\nlong`,
        author: { name: "Ana" },
      })),
    },
    /^ana pushed 7 commits to \*\*main\*\*\n- `0abcdef` Change 0 \(Ana\)\n[\s\S]*… and 2 more commits$/,
  ],
  ["push", { ref: "refs/tags/v1", deleted: true }, /^ana deleted tag \*\*v1\*\*$/],
  [
    "pull_request",
    { action: "opened", pull_request: pr },
    /^ana opened pull request \*\*#7 Fix it\*\*\n> Because\.$/,
  ],
  ["pull_request", { action: "closed", pull_request: { ...pr, merged: true } }, /^ana merged pull request/],
  [
    "issues",
    { action: "labeled", issue: pr, label: { name: "bug" } },
    /^ana labeled issue \*\*#7 Fix it\*\*: bug$/,
  ],
  [
    "issue_comment",
    { action: "created", issue: pr, comment: { body: "Yes" } },
    /^ana commented on .*\n> Yes$/,
  ],
  ["pull_request_review", { review: { state: "approved" }, pull_request: pr }, /^ana approved pull request/],
  ["release", { action: "published", release: { tag_name: "v2" } }, /^ana published release \*\*v2\*\*$/],
  [
    "workflow_run",
    {
      workflow_run: {
        name: "CI",
        head_branch: "main",
        conclusion: "failure",
        html_url: "https://github.com/r",
      },
    },
    /^Workflow \*\*CI\*\* on main: failure$/,
  ],
  ["ping", { zen: "Keep it simple." }, /^GitHub's webhook works: Keep it simple\.$/],
  ["milestone", { action: "created", milestone: { title: "1.0" } }, /^ana: milestone created \*\*1\.0\*\*$/],
  ["__proto__", {}, /^ana: /],
  ["", { commits: "x", ref: 5 }, /^ana: event$/],
])("GitHub's %s reads as short lines", (event, payload, wanted) => {
  const posted = fit(readGitHub(event, { ...payload, repository, sender }));
  expect(posted?.content.text).toMatch(wanted);
  expect(posted?.content.title).toBe("octo/app");
  expect(posted?.content.link).toStartWith("https://github.com/");
});

test("GitHub's failed run is important; alerts of Grafana fire, urgent ones loudest, and are resolved", () => {
  expect(readGitHub("workflow_run", { workflow_run: { conclusion: "failure" } }).priority).toBe(4);
  const alert = (status: string, severity: string, host: string) => ({
    status,
    labels: { alertname: "DiskFull", severity, host },
    annotations: { summary: "98 % used" },
    generatorURL: "https://g.example/1",
  });
  const posted = fit(
    readGrafana({
      receiver: "kabar",
      status: "firing",
      externalURL: "http://localhost:3000/",
      commonLabels: { alertname: "DiskFull" },
      alerts: [alert("resolved", "critical", "a"), alert("firing", "critical", "b")],
    }),
  )?.content;
  expect(posted).toEqual({
    title: "DiskFull: 1 firing, 1 resolved",
    icon: "🔥",
    priority: 5,
    text: "🔥 **DiskFull**: 98 % used (host=b) (https://g.example/1)\n✅ **DiskFull** resolved: 98 % used (host=a) (https://g.example/1)",
  });
  expect(fit(readGrafana({ title: "Test", message: "Only words" }))?.content.text).toBe("Test\nOnly words");
  expect(readGrafana({ alerts: Array(5000).fill({}) }).lines).toContain("… and 4980 more alerts");
});

test("what does not fit becomes a line, and a cut text says how much is missing", () => {
  const long = "t".repeat(300);
  const tags = Array.from({ length: 12 }, (_, i) => `tag-${i}`);
  const posted = fit({ title: long, link: "http://plain.example/", tags, icon: "no icon", lines: ["Text"] });
  expect(posted?.content).toMatchObject({ tags: tags.slice(0, 10), title: `${"t".repeat(199)}…` });
  expect(posted?.content.text).toBe(`${long}\nText\nhttp://plain.example/\nTags: tag-10, tag-11`);
  const cut = fit({ lines: ["é".repeat(10_000)] }, 1000)?.content.text ?? "";
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1000);
  const [kept = "", note = ""] = cut.split("\n");
  expect(note).toBe(`… (${10_000 - kept.length} more characters)`);
  expect(fit({ lines: ["x".repeat(100)] }, 10)?.content.text).toBe("x".repeat(10));
  expect(fit({ title: "Only a title", lines: [] })?.content).toEqual({ text: "Only a title" });
  expect(fit({ lines: [" ", "\u200b"] })).toBeUndefined();
  expect(fit({ title: "a\r\nSet-Cookie: b\u202e", lines: ["x"] })?.content.title).toBe("a Set-Cookie: b");
});

/** Milliseconds that a payload takes; the smallest of three. */
function msOf(run: () => unknown): number {
  return Math.min(
    ...[1, 2, 3].map(() => {
      const start = performance.now();
      run();
      return performance.now() - start;
    }),
  );
}
const deep = (levels: number): object => {
  let inner: object = { type: "rich_text_section", elements: [{ type: "text", text: "x" }] };
  for (let i = 0; i < levels; i++) inner = { type: "rich_text_list", elements: [inner], components: [inner] };
  return { type: "rich_text", elements: [inner], components: [inner] };
};
test.each([
  ["stars", (n: number) => ({ text: " *a".repeat(n) })],
  ["angles", (n: number) => ({ text: "<a|".repeat(n) })],
  ["brackets", (n: number) => ({ text: "[a](".repeat(n) })],
  ["backticks", (n: number) => ({ text: "```a`".repeat(n) })],
  ["colons", (n: number) => ({ text: ":a".repeat(n) })],
  ["fields", (n: number) => ({ attachments: [{ fields: Array(n).fill({ title: "a", value: "*b*" }) }] })],
  ["levels", (n: number) => ({ blocks: [deep(n / 100)] })],
])("%s cost time in proportion to their number", (_, make) => {
  const time = (n: number) => {
    const payload = make(n);
    return msOf(() => [slack(payload), fit(readDiscord({ components: [payload] }))]);
  };
  time(2000);
  const small = time(40_000);
  expect(time(80_000)).toBeLessThan(8 * small + 100);
});
