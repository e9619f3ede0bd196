/**
 * Tests in one browser engine, which starts with the first of them and ends with the file.
 *
 * Each test has a topic and tabs of its own, and a failed one leaves none open.
 */
import { afterAll } from "bun:test";
import { until, useBrowserWithServer } from "../browser.ts";
import { tag } from "../chat-page.ts";
import { host } from "../windows.ts";
import { testWith } from "../parts.ts";
import type { RunningKabar } from "../server.ts";
import type { Engine, Running } from "./engine.ts";
import { createVisitor, type Visitor, WATCH } from "./visitor.ts";

/** What a step needs. */
export interface Stage {
  server: RunningKabar;
  /** A test that is named after its engine. */
  step(name: string, body: () => Promise<void>): void;
  /** A topic that nobody has used. */
  topic(): string;
  /** Opens a page with a chat, and waits until it is online. */
  open(topic: string, attributes?: string, around?: Around): Promise<Visitor>;
  /** Opens any address. */
  visit(url: string): Promise<Visitor>;
}

interface Around {
  /** What stands before and after the chat's tag. */
  before?: string;
  after?: string;
  /** What stands in the page's head in place of its colour scheme, which is the visitor's. */
  head?: string;
  /** Another server than the stage's. */
  server?: { url: string };
}

const TOPICS = 60;

/** Starts an engine when its first test needs it, and ends it with the file. */
export async function setEngine(engine: Engine): Promise<Stage> {
  const topics = Array.from({ length: TOPICS }, (_, i) => `room-${i}`);
  const server = await useBrowserWithServer({ KABAR_TOPICS: topics.join(" ") });
  const engineTest = testWith(engine.name, engine.isPresent, engine.hint);
  let running: Promise<Running> | undefined;
  const opened = new Set<Visitor>();
  afterAll(async () => (await running)?.close());

  async function visit(url: string): Promise<Visitor> {
    running ??= engine.start();
    const visitor = createVisitor(await (await running).openTab());
    opened.add(visitor);
    await visitor.tab.goto(url);
    // Without it no focus event comes, and keys go nowhere.
    await until("the keyboard's focus in the page", () => visitor.evaluate(() => document.hasFocus()));
    return visitor;
  }
  return {
    server,
    step: (name, body) =>
      engineTest(`${engine.name}: ${name}`, async () => {
        opened.clear();
        try {
          await body();
          for (const visitor of opened) if (!visitor.hasLeft()) await visitor.leave();
        } catch (error) {
          // A failed step leaves no tab behind, and reports its own error.
          await Promise.all([...opened].map(({ tab }) => tab.close().catch(() => 0)));
          throw error;
        }
      }),
    topic() {
      const topic = topics.pop();
      if (!topic) throw new Error("more steps than topics");
      return topic;
    },
    visit,
    async open(topic, attributes = "", { before = "", after = "", head, server: other = server } = {}) {
      const script = tag(other, `data-topic="${topic}" data-load="eager" ${attributes}`);
      const visitor = await visit(host(`${WATCH}${before}${script}${after}`, {}, head).url);
      await visitor.online();
      // What is loaded after the first list, and shown with it, except in a closed panel.
      if (!attributes.includes("panel")) await visitor.see("[part=emoji-button]");
      return visitor;
    },
  };
}

/** The distance of the list from its end, and how many messages the page holds. */
export const place = (visitor: Visitor) =>
  visitor.evaluate(() => {
    const chat = document.querySelector("kabar-chat");
    const log = chat?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    const rows = [...log.querySelectorAll("li")].filter((row) => row.querySelector("article"));
    const row = rows.find((r) => r.offsetTop + r.offsetHeight > log.scrollTop);
    return {
      fromEnd: Math.round(log.scrollHeight - log.scrollTop - log.clientHeight),
      held: chat?.messages.length ?? 0,
      /** The first message in sight, and how far below the list's edge it begins. */
      first: row?.querySelector("[part~=text]")?.textContent ?? "",
      top: Math.round((row?.offsetTop ?? 0) - log.scrollTop),
    };
  });
export const scrollTo = (visitor: Visitor, top: number) =>
  visitor.evaluate((top) => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]");
    if (log) log.scrollTop = top;
  }, top);

/** Whether backgrounds, or for texts their colours, are light or dark. */
export const lightnessOf = (visitor: Visitor, selectors: string[]) =>
  visitor.evaluate((selectors) => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const pen = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
    return selectors.map((css) => {
      const style = getComputedStyle(root?.querySelector(css) as Element);
      pen.fillStyle = css.includes("text") ? style.color : style.backgroundColor;
      pen.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0] = pen.getImageData(0, 0, 1, 1).data;
      return 0.2126 * r + 0.7152 * g + 0.0722 * b > 128 ? "light" : "dark";
    });
  }, selectors);
