/**
 * Hostile texts that try to run code in a reader's page, and checks that none did. Every line of the corpus calls
 * `hit()` or asks the host CANARY for something, if it gets the chance.
 */
import type { BrowserContext, Page } from "@playwright/test";
import { newContext } from "./windows.ts";

/** A host that nobody may be sent to unasked. */
export const CANARY = "canary.invalid";

const MARKUP = [
  "<script>hit(1)</script>",
  "</script><script>hit(2)</script>",
  "</title></textarea></style></noscript><script>hit(3)</script>",
  "<img src=x onerror=hit(4)>",
  '"><img src=x onerror=hit(5)>',
  "'><img src=x onerror='hit(6)'>",
  "<img src=x:x onerror&#61;hit(7)>",
  "<svg onload=hit(8)>",
  "<svg><script href=data:,hit(9) />",
  "<svg><animate onbegin=hit(10) attributeName=x dur=1s>",
  '<iframe srcdoc="<script>parent.hit(11)</script>"></iframe>',
  "<iframe src=javascript:parent.hit(12)></iframe>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit(13)&gt;">',
  "<details open ontoggle=hit(14)>",
  "<input autofocus onfocus=hit(15)>",
  "<body onload=hit(16)><base href=//canary.invalid/>",
  '<meta http-equiv="refresh" content="0;url=https://canary.invalid/17">',
  "<link rel=stylesheet href=//canary.invalid/18.css>",
  "<object data=javascript:hit(19)><embed src=javascript:hit(19)>",
  "<style>@import '//canary.invalid/20.css';*{background:url(//canary.invalid/20.png)}</style>",
  "<a href=javascript:hit(21)>x</a>",
  "<form action=javascript:hit(22)><button>x",
  "<template shadowrootmode=open><slot onslotchange=hit(23)></slot></template>",
  "<kabar-chat topic=lobby server=//canary.invalid></kabar-chat>",
  "&lt;img src=x onerror=hit(25)&gt;",
  "&#x3c;img src=x onerror=hit(26)&#x3e;",
  "%3Cimg%20src=x%20onerror=hit(27)%3E",
  "\\u003cimg src=x onerror=hit(28)\\u003e",
  "<<b>img src=x onerror=hit(29)></b>",
  "<img/src=x/onerror=hit(30)//",
];

const ADDRESSES = [
  "javascript:hit(40)",
  "JaVaScRiPt:hit(41)",
  "java\tscript:hit(42)",
  " javascript:hit(43)",
  "javascript&colon;hit(44)",
  "javascript&#58;hit(45)",
  "data:text/html,<script>opener.hit(46)</script>",
  "vbscript:hit(47)",
  "[x](javascript:hit(48))",
  "[x](data:text/html;base64,PHNjcmlwdD5oaXQoNDkpPC9zY3JpcHQ+)",
  "![x](https://canary.invalid/50.png)",
  '[x](https://canary.invalid/51 "onmouseover=hit(51)")',
  "<javascript:hit(52)>",
  'https://canary.invalid/53"onmouseover=hit(53)//',
  "https://canary.invalid/54'onmouseover=hit(54)//",
  "https://canary.invalid/55<img src=x onerror=hit(55)>",
  "https://good.example@canary.invalid/56",
  "https://canary.invalid/57\u202Egnp.exe",
  "http://javascript:hit(58)@x",
  "mailto:a@b.example?body=%3Cscript%3Ehit(59)%3C/script%3E",
  "[x]: javascript:hit(60)",
  "https://[::1]:javascript:hit(61)",
  "**[x](javascript:hit(62))** `<img src=x onerror=hit(62)>` _<svg onload=hit(62)>_",
  "> <img src=x onerror=hit(63)>\n- <svg onload=hit(63)>",
];

const BREAKOUTS = [
  "{{constructor.constructor('hit(70)')()}}",
  "$" + "{hit(71)}#{hit(71)}<%= hit(71) %>",
  '"}]}</script><script>hit(72)</script>{"a":["',
  "'-hit(73)-'",
  '\\"-hit(74)//',
  "--><script>hit(75)</script><!--",
  "]]><script>hit(76)</script>",
  "x\n\nevent: gap\ndata: {}\n\ndata: hit(77)\n\n",
  "x\r\rdata: hit(78)\r\r",
  "x\u2028data: hit(79)\u2029hit(79)",
  "x\nOperator: hit(80)\r\n! hit(80)",
  "a\0b<scr\0ipt>hit(81)</scr\0ipt>",
  "\u001b]0;hit(82)\u0007\u001b[2J",
  "*{background:url(https://canary.invalid/83)}",
  ";--_hue:url(https://canary.invalid/84)",
  "$`$'$&hit(85)",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "\u202Ehit(90)\u202D \u2066\u2067\u2068 hit(90) \u200b\u2060\ufeff",
  "\ud800 hit(91) \udfff",
  "Z̷̡̢̛̛".repeat(60),
  "w".repeat(3_000),
  `https://canary.invalid/${"w".repeat(1_500)}`,
  "<".repeat(1_000),
  "*".repeat(1_000),
  "😀".repeat(500),
];

/** Texts that must stay texts. */
export const CORPUS: readonly string[] = [...MARKUP, ...ADDRESSES, ...BREAKOUTS];

/** As much of each as fits a name. */
export const NAMES: readonly string[] = CORPUS.map((text) => [...text].slice(0, 40).join(""));

/** What happened in the pages of a context that should not have. */
export interface Watch {
  context: BrowserContext;
  /** What ran, asked for something, or was refused by a policy; empty when all is well. */
  harm(): Promise<string[]>;
}

/** A visitor's browser in which everything that runs unasked is noticed. `expected` tells which requests are right. */
export async function watchfulContext(expected: (url: string) => boolean): Promise<Watch> {
  const context = await newContext();
  const seen: string[] = [];
  await context.addInitScript(() => {
    const hits: string[] = [];
    const note =
      (what: string) =>
      (...words: unknown[]) =>
        void hits.push(`${what} ${words.join()}`);
    Object.assign(window, { hits, hit: note("ran") });
    for (const name of ["alert", "confirm", "prompt", "open"]) Object.assign(window, { [name]: note(name) });
    document.addEventListener("securitypolicyviolation", (event) =>
      note("violation")(event.effectiveDirective, event.blockedURI, event.sample),
    );
  });
  context.on("request", (request) => {
    if (!expected(request.url())) seen.push(`request ${request.url()}`);
  });
  context.on("dialog", (dialog) => {
    seen.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("console", (message) => {
    if (/hit|policy|trusted/i.test(message.text())) seen.push(`console ${message.text()}`);
  });
  return {
    context,
    async harm() {
      const hits = await Promise.all(
        context.pages().map((page) => page.evaluate(() => (window as unknown as { hits: string[] }).hits)),
      );
      const frames = context.pages().flatMap((page) =>
        page
          .frames()
          .slice(1)
          .map((f) => `frame ${f.url()}`),
      );
      return [...seen, ...hits.flat(), ...frames];
    },
  };
}

/** A policy that forbids nothing and reports what a strict one would have stopped. */
export const reportOnly = (server: { url: string }): Record<string, string> => ({
  "Content-Security-Policy-Report-Only":
    `default-src 'none'; script-src ${server.url}; connect-src ${server.url} ${server.url.replace("http", "ws")}; ` +
    "img-src data:; require-trusted-types-for 'script'",
});

/** What is in a page's widgets, or in its body, that no text may bring there. */
export const findForeign = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const known =
      "a article bdi blockquote button code details div em fieldset footer form h1 h2 h3 header i input label legend li main nav " +
      "ol optgroup option p path pre section select slot span strong summary svg textarea time ul";
    const tags = new Set(known.split(" "));
    // The links of the transcript's own frame, which a proxy may serve below a path.
    const own = /^\.\.\/(?:(?:embed|t)\/lobby|privacy)?$/;
    const chats = [...document.querySelectorAll("kabar-chat")];
    const roots = chats.length ? chats.flatMap((chat) => chat.shadowRoot ?? []) : [document.body];
    const found = roots.flatMap((root) =>
      [...root.querySelectorAll("*")].flatMap((element) => {
        const wrong = [...element.attributes].filter(
          ({ name, value }) =>
            /^on|^src|^(?:form)?action$|^data$|^background$/i.test(name) ||
            (/href$/i.test(name) && !/^(?:https?:|mailto:|#|\/|\?)/.test(value) && !own.test(value)) ||
            (name === "style" && !/^(?:[\w-]+: [\w. -]+;? ?)*$/.test(value)),
        );
        const foreign = tags.has(element.localName) ? [] : [`<${element.localName}>`];
        return [...foreign, ...wrong.map(({ name, value }) => `<${element.localName} ${name}="${value}">`)];
      }),
    );
    // Names such as __proto__ change no object that is not theirs.
    const polluted = Object.keys(Object.prototype).map((key) => `Object.prototype.${key}`);
    const isWide = document.documentElement.scrollWidth > innerWidth ? ["the page grew wider"] : [];
    return [...found, ...polluted, ...isWide];
  });

/** The letters of a text: what formatting, white space and invisible characters leave alone. */
export const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, "");
