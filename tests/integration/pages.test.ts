import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RunningKabar, startKabar } from "../support/server.ts";

let kabar: RunningKabar;
let open: RunningKabar;
beforeAll(async () => {
  const topics = { KABAR_TOPICS: "lobby staff long fresh" };
  kabar = await startKabar({
    env: { ...topics, KABAR_ALLOWED_ORIGINS: "https://good.example https://*.wide.example" },
  });
  open = await startKabar({ env: topics });
  const authorization = { Authorization: `Bearer ${kabar.operatorKey}` };
  await fetch(`${kabar.url}/api/admin/topics/staff`, {
    method: "PUT",
    headers: { ...authorization, "Content-Type": "application/json" },
    body: '{"guests":"none"}',
  });
});
afterAll(() => Promise.all([kabar.stop(), open.stop()]));

const say = async (text: string, topic = "lobby", name = "Ana") => {
  const response = await fetch(`${kabar.url}/api/topics/${topic}/messages?name=${encodeURIComponent(name)}`, {
    method: "POST",
    body: text,
    headers: { Authorization: `Bearer ${kabar.operatorKey}`, "Content-Type": "text/plain" },
  });
  return ((await response.json()) as { offset: number }).offset;
};
const page = async (path: string, server = kabar) => {
  const response = await fetch(server.url + path);
  return { status: response.status, headers: response.headers, html: await response.text() };
};

/** What browsers have been talked into running: tags, attributes, addresses, entities, comments, styles, odd bytes. */
const ATTACKS = [
  "<script>alert(1)</script>",
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  "--><script>alert(1)</script>",
  "]]><script>alert(1)</script>",
  "</p></li></ol><iframe src=javascript:alert(1)>",
  "</title><script>alert(1)</script>",
  "</style><style>body{display:none}",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
  "<a href=javascript:alert(1)>x</a>",
  "javascript:alert(1)",
  "<base href=//evil.example>",
  "<meta http-equiv=refresh content=0;url=//evil.example>",
  "<form action=//evil.example><button>x",
  "<details open ontoggle=alert(1)>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "&#60;script&#62;alert(1)",
  "<\u2028script>alert(1)</script>",
  "\ufeff<script>alert(1)</script>",
  "{{constructor.constructor(1)()}}",
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  "<template shadowrootmode=open><script>alert(1)</script></template>",
  "$& $1 $` $$",
];

describe("the transcript", () => {
  test("shows messages with times, oldest first, and works without any script", async () => {
    const first = await say("Hello\nthere", "lobby", "Ana");
    const second = await say("Second");
    const { status, headers, html } = await page("/t/lobby");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(html).toContain(`<li id="m${first}">`);
    expect(html).toContain("<bdi>Ana</bdi>");
    expect(html).toMatch(/<time datetime="\d{4}-\d\d-\d\dT[\d:.]+Z">\d\d:\d\d<\/time>/);
    expect(html.indexOf("Hello\nthere")).toBeLessThan(html.indexOf(`<li id="m${second}">`));
    expect(html).not.toContain("<script");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
  });

  test("shows every attack in messages and names as text", async () => {
    const topic = "long";
    for (const attack of ATTACKS) await say(attack, topic, attack.slice(0, 40));
    const { html } = await page(`/t/${topic}`);
    const clean = html.replace(/<style>[\s\S]*?<\/style>/, "");
    // Only tags of ours, and those only with attributes of ours.
    const tags = [...clean.matchAll(/<(?!!doctype)([^>]*)>/g)].map((match) => match[1] ?? "");
    const ours =
      /^\/?(?:html(?: lang="en")?|head|meta (?:charset="utf-8"|name="viewport" content="[^"]*")|title|body|(?:header|footer)(?: class="(?:bar|foot)")?|h1|h2|nav(?: class="pages")?(?: aria-label="(?:Pages|History)")?|main|ol|li(?: id="m\d+")?|article|div(?: class="by(?: again)?"| class="text" dir="auto")?|em|strong|code|pre|blockquote|ul|bdi|time(?: datetime="[^"]+")?|p(?: class="(?:note|muted)")?|a href="(?:https?:\/\/|mailto:)[^"<>]*" rel="noopener noreferrer nofollow ugc"|span(?: class="note")?|svg|svg aria-hidden="true" viewBox="0 0 32 32" width="22" height="22"|path d="[\w .-]+"\/|a(?: class="brand"| rel="prev")?(?: href="\.\.\/(?:privacy|(?:t|embed)\/long[^"]*)?")?)$/;
    expect(tags.filter((tag) => !ours.test(tag))).toEqual([]);
    // As it is, but for the marks of formatted texts and the tags that stand for them.
    const bare = (text: string) => text.replace(/<[^>]*>/g, "").replace(/[*_`~>\s-]|&gt;/g, "");
    for (const attack of ATTACKS) {
      const text = attack.replace(/^\ufeff/, "").replace(/[\u0085\u2028\u2029]/g, "\n");
      expect(bare(clean)).toContain(bare(Bun.escapeHTML(text)));
    }
  });

  test("formats links, code, lists and emphasis as the chat does, each text in its own direction", async () => {
    const offset = await say(
      'see www.example.com/a, **bold** *soft* `<b>`\n- one\n- https://example.com/?a=1&b="2"\n```\n<i>\n```\n> said\njavascript:alert(1)',
    );
    const { html } = await page(`/t/lobby?at=${offset}`);
    const rel = 'rel="noopener noreferrer nofollow ugc"';
    expect(html).toContain(
      `<div class="text" dir="auto">see <a href="https://www.example.com/a" ${rel}>www.example.com/a</a>, <strong>bold</strong> ` +
        `<em>soft</em> <code>&lt;b&gt;</code><ul><li>one</li><li><a href="https://example.com/?a=1&amp;b=" ${rel}>` +
        "https://example.com/?a=1&amp;b=</a>&quot;2&quot;</li></ul><pre><code>&lt;i&gt;</code></pre>" +
        "<blockquote>said</blockquote>javascript:alert(1)</div>",
    );
    expect(html).toContain("text-align:start");
  });

  test("marks a removed message, and shows the new text of an edited one", async () => {
    const authorization = {
      Authorization: `Bearer ${kabar.operatorKey}`,
      "Content-Type": "application/json",
    };
    const target = await say("a secret slipped out");
    await fetch(`${kabar.url}/api/topics/lobby/moderate`, {
      method: "POST",
      headers: authorization,
      body: JSON.stringify({ action: "remove", target }),
    });
    const { html } = await page("/t/lobby");
    expect(html).not.toContain("a secret slipped out");
    expect(html).toContain("Message deleted");
  });

  test("links page by page to the first message", async () => {
    for (let n = 0; n < 230; n++) await say(`number ${n}.`, "long");
    const seen = new Set<string>();
    // Not `/t/long`, which may be a second old.
    let path: string | undefined = "/t/long?at=99999";
    let pages = 0;
    while (path) {
      const { html } = await page(path);
      for (const [text] of html.matchAll(/number \d+\./g)) seen.add(text);
      path = /rel="prev" href="\.\.([^"]+)"/.exec(html)?.[1];
      pages++;
    }
    expect(seen.size).toBe(230);
    expect(pages).toBe(3);
    expect((await page("/t/long?before=50")).html).toContain('<a href="../t/long">Newest messages</a>');
    // A link to a message leads to the page that has it, with those before and after.
    const { html } = await page("/t/long?at=120");
    for (const offset of [80, 120, 160]) expect(html).toContain(`<li id="m${offset}">`);
    expect(html).toContain('rel="prev"');
    expect((await page("/t/long?at=1")).html).toContain('<li id="m1">');
    expect((await page("/t/long?at=99999")).status).toBe(200);
    expect((await page("/t/long?at=x")).status).toBe(400);
  });

  test("is an error page where guests may not read, and where nothing exists", async () => {
    expect(await page("/t/staff")).toMatchObject({
      status: 403,
      html: expect.stringContaining("<h1>You do not have permission to read"),
    });
    expect((await page("/t/nowhere")).status).toBe(404);
    expect((await page("/t/%3Cscript%3E")).status).toBe(404);
    const wrong = await page("/t/lobby?before=%22%3E%3Cscript%3E");
    expect(wrong.status).toBe(400);
    expect(wrong.html).not.toContain("<script");
    expect((await fetch(`${kabar.url}/t/lobby`, { method: "POST" })).status).toBe(405);
  });
});

describe("the embed page", () => {
  const policyOf = async (server: RunningKabar) =>
    (await page("/embed/lobby", server)).headers.get("content-security-policy");

  test("may be framed by the pages that may connect, and has no script but the widget", async () => {
    expect(await policyOf(kabar)).toContain(
      "frame-ancestors 'self' https://good.example https://*.wide.example",
    );
    expect(await policyOf(open)).toContain("frame-ancestors *");
    const { html } = await page("/embed/lobby?theme=dark&lang=pt-BR");
    expect([...html.matchAll(/<script[^>]*>/g)].map(([found]) => found)).toEqual([
      '<script src="../widget.js" data-topic="lobby" data-theme="dark" data-mode="inline" data-load="eager">',
    ]);
    expect(html).toContain('<html lang="pt-BR">');
    expect((await page("/embed/lobby?palette=plum")).html).toContain('data-palette="plum"');
  });

  test("ignores unknown values in its address", async () => {
    for (const query of ["theme=%22%3E%3Cscript%3E", "palette=x%22%3E", "lang=%22onload=", "mode=panel"]) {
      const { status, html } = await page(`/embed/lobby?${query}`);
      expect({ query, status }).toEqual({ query, status: 400 });
      expect(html).not.toContain("<script");
    }
    const odd = await fetch(`${kabar.url}/embed/lobby`, { headers: { "Accept-Language": '"><script>' } });
    expect(await odd.text()).toContain('<html lang="en">');
  });
});

describe("the demo page", () => {
  test("links the documentation, the page for frames and the transcript, and each of its links works", async () => {
    const { html } = await page("/");
    const links = [...html.matchAll(/<a\s+href="(?!https?:)([^"]*)"/g)].map(
      ([, href = ""]) => new URL(href, kabar.url).pathname,
    );
    for (const path of [
      "/docs/WIDGET.md",
      "/docs/OPERATIONS.md",
      "/docs/PROTOCOL.md",
      "/embed/lobby",
      "/t/lobby",
    ])
      expect(links).toContain(path);
    for (const path of links)
      expect({ path, status: (await page(path)).status }).toEqual({ path, status: 200 });
  });

  test("explains topic, title, colour, and how to answer as the owner", async () => {
    const { html } = await page("/");
    for (const part of ["KABAR_TOPICS=", "data-topic=", "--kabar-accent", "operator.key", "public chat"])
      expect(html.replace(/\s+/g, " ")).toContain(part);
  });

  test("has a policy that allows its own style and script, the widget and its server, and nothing else", async () => {
    for (const path of ["/", "/plain"]) {
      const { headers, html } = await page(path);
      const hash = (tag: string) => {
        const content = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? "";
        return `'sha256-${new Bun.CryptoHasher("sha256").update(content).digest("base64")}'`;
      };
      const { host } = new URL(kabar.url);
      expect(headers.get("content-security-policy")).toBe(
        `default-src 'none'; style-src ${hash("style")}; script-src 'self' ${hash("script")}; ` +
          `connect-src 'self' ws://${host} wss://${host}; img-src 'self' https:; require-trusted-types-for 'script'; ` +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'self' https://good.example https://*.wide.example",
      );
      expect(html).not.toMatch(/\bstyle="|\son\w+="/);
    }
  });

  test("the documentation is plain text, and nothing else of the folder is served", async () => {
    const { headers, html } = await page("/docs/WIDGET.md");
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(html).toStartWith("# The widget");
    for (const path of ["/docs/widget.png", "/docs/..%2fpackage.json", "/docs/%2e%2e%2fREADME.md", "/docs/"])
      expect({ path, status: (await page(path)).status }).toEqual({ path, status: 404 });
    expect((await fetch(`${kabar.url}/docs/WIDGET.md`, { method: "POST" })).status).toBe(405);
  });

  test("/llms.txt tells where each thing is documented, and each of its links works", async () => {
    const { headers, html } = await page("/llms.txt");
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const links = [...html.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => `/${link}`);
    expect(links).toContain("/docs/PROTOCOL.md");
    for (const path of links)
      expect({ path, status: (await page(path)).status }).toEqual({ path, status: 200 });
  });
});

test("every page has the same bar, the colours of the chat, and an address for its start", async () => {
  for (const path of ["/", "/plain", "/privacy", "/t/lobby", "/t/nowhere", "/t/lobby?at=x"]) {
    const { html } = await page(path);
    const start = /<header class="bar"><a class="brand" href="([^"]*)">/.exec(html)?.[1] ?? "none";
    expect({ path, start: new URL(start, kabar.url + path).pathname }).toEqual({ path, start: "/" });
    expect(html).toContain("--accent:light-dark(#2f5bea,#8fa8ff)");
  }
  // The page for frames is the chat alone.
  expect((await page("/embed/lobby")).html).not.toContain("<header");
});

test("a host's name that could end a directive stays out of the policy", async () => {
  for (const path of ["/", "/embed/lobby"]) {
    const response = await fetch(kabar.url + path, { headers: { Host: "a;script-src*" } });
    const policy = response.headers.get("content-security-policy") ?? "";
    expect({ path, isIn: policy.includes("script-src*") }).toEqual({ path, isIn: false });
  }
});

test("the addresses of a topic's pages lead to the first topic where they name none", async () => {
  for (const [path, to] of [
    ["/t", "/t/lobby"],
    ["/t/", "/t/lobby"],
    ["/embed", "/embed/lobby"],
    ["/embed/?theme=dark", "/embed/lobby?theme=dark"],
  ] as const) {
    const { status, headers } = await fetch(kabar.url + path, { redirect: "manual" });
    const location = new URL(headers.get("location") ?? "", kabar.url + path).href;
    expect({ path, status, location }).toEqual({ path, status: 302, location: kabar.url + to });
    expect((await fetch(kabar.url + path, { method: "POST" })).status).toBe(404);
  }
});

test("an error page says what a reader can do", async () => {
  expect((await page("/t/nowhere")).html).toContain("Check the address.");
  expect((await page("/t/staff")).html).toContain("where you are signed in");
});

test("allowed origins may frame the demo and the plain page, like the embed page", async () => {
  for (const path of ["/", "/plain", "/embed/lobby"]) {
    const framing = async (server: RunningKabar) =>
      /frame-ancestors ([^;]*)/.exec(
        (await page(path, server)).headers.get("content-security-policy") ?? "",
      )?.[1];
    expect([path, await framing(kabar)]).toEqual([
      path,
      "'self' https://good.example https://*.wide.example",
    ]);
    expect([path, await framing(open)]).toEqual([path, "*"]);
  }
});

test("a page of a rebound host name may neither read nor write", async () => {
  for (const method of ["GET", "POST"]) {
    const headers = { Host: "evil.example", Origin: "http://evil.example" };
    const body = method === "POST" ? { body: "x" } : {};
    const response = await fetch(`${kabar.url}/api/topics/lobby/messages`, { method, headers, ...body });
    expect(response.status).toBe(403);
  }
  const own = await fetch(`${kabar.url}/api/topics/lobby/messages`, { headers: { Origin: kabar.url } });
  expect(own.status).toBe(200);
});

test("the newest page of a transcript is cached for a second, but never shows a removed message", async () => {
  const offset = await say("soon gone", "fresh");
  expect((await page("/t/fresh")).html).toContain("soon gone");
  await fetch(`${kabar.url}/api/topics/fresh/moderate/remove`, {
    method: "POST",
    body: JSON.stringify({ target: offset }),
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
  expect((await page("/t/fresh")).html).not.toContain("soon gone");
  await say("cleared", "fresh");
  await fetch(`${kabar.url}/api/topics/fresh/moderate/clear`, {
    method: "POST",
    body: "{}",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
  expect((await page("/t/fresh")).html).not.toContain("cleared");
});
