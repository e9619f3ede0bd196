/**
 * A user in any engine: waits for a control, points at it and presses it. A covered control cannot be pressed; the
 * error names the cover.
 */
import { expect } from "bun:test";
import { until } from "../browser.ts";
import type { Json, Tab } from "./engine.ts";

/** A place in the page: a selector, looked up in the chats and then in the page itself; with `row`, in the message of that text. */
export type Spot = string | { css: string; row: string };

export const inRow = (row: string, css: string): Spot => ({ css, row });

/** Put into host pages: keeps what scripts throw, for the visitor to find. */
export const WATCH = `<script>window.thrown=[];addEventListener("error",(e)=>thrown.push(e.message));addEventListener("unhandledrejection",(e)=>thrown.push(String(e.reason)))</script>`;

interface Look {
  x: number;
  y: number;
  text: string;
  /** What keeps a person from pressing it; empty when nothing does. */
  problem: string;
}

/** Runs in the page. */
async function lookAt(css: string, row: string | null): Promise<Look> {
  const nowhere = { x: 0, y: 0, text: "" };
  const roots: ParentNode[] = [...document.querySelectorAll("kabar-chat")].flatMap(
    ({ shadowRoot }) => shadowRoot ?? [],
  );
  const places =
    row === null
      ? [...roots, document]
      : roots
          .flatMap((root) => [...root.querySelectorAll("article")])
          .filter((article) => article.querySelector("[part~=text]")?.textContent === row)
          .slice(-1);
  const element = places.map((place) => place.querySelector<HTMLElement>(css)).find(Boolean);
  if (!element) return { ...nowhere, problem: "is not there" };
  const text = element.textContent ?? "";
  if (!element.checkVisibility({ visibilityProperty: true }))
    return { ...nowhere, text, problem: "is hidden" };
  const frame = () => new Promise(requestAnimationFrame);
  element.scrollIntoView({ block: "nearest" });
  await frame();
  const before = element.getBoundingClientRect();
  await frame();
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [Math.round(left + width / 2), Math.round(top + height / 2)];
  if (before.left !== left || before.top !== top) return { x, y, text, problem: "moves" };
  if (width === 0 || height === 0) return { x, y, text, problem: "has no size" };
  let hit = document.elementFromPoint(x, y);
  while (hit?.shadowRoot) {
    const inner = hit.shadowRoot.elementFromPoint(x, y);
    if (!inner || inner === hit) break;
    hit = inner;
  }
  if (!hit) return { x, y, text, problem: "is outside of the window" };
  const cover = `${hit.tagName.toLowerCase()} ${hit.getAttribute("part") ?? hit.className}`;
  return { x, y, text, problem: element.contains(hit) ? "" : `is covered by ${cover}` };
}

export type Visitor = ReturnType<typeof createVisitor>;

/** Gives a tab to a visitor. */
export function createVisitor(tab: Tab) {
  /** Runs a function in the page; nothing from around it is there, and what goes in and out is JSON. */
  const evaluate = async <A extends Json[], T>(body: (...args: A) => T, ...args: A): Promise<Awaited<T>> => {
    const list = args.map((value) => (value === undefined ? "undefined" : JSON.stringify(value))).join(",");
    return (await tab.run(`() => (${body})(${list})`)) as Awaited<T>;
  };
  const look = (spot: Spot): Promise<Look> =>
    typeof spot === "string" ? evaluate(lookAt, spot, null) : evaluate(lookAt, spot.css, spot.row);
  const nameOf = (spot: Spot) =>
    typeof spot === "string" ? spot : `${spot.css} of the message "${spot.row}"`;
  /** Waits until a person could press it, for a pointer that is at `x`, `y`. */
  async function reach(spot: Spot): Promise<Look> {
    let last = "";
    const reachable = async () => {
      const seen = await look(spot);
      last = seen.problem;
      return last === "" ? seen : undefined;
    };
    return until(nameOf(spot), reachable).catch((error: unknown) => {
      throw new Error(`${nameOf(spot)} ${last || error}`);
    });
  }

  let gone = false;
  const visitor = {
    tab,
    hasLeft: () => gone,
    evaluate,
    look,
    /** Waits until it is in sight and could be pressed. */
    see: async (spot: Spot): Promise<void> => void (await reach(spot)),
    /** Waits until it is gone or hidden. */
    gone: (spot: Spot) =>
      until(`${nameOf(spot)} is gone`, async () =>
        /not there|hidden|no size/.test((await look(spot)).problem),
      ),
    async click(spot: Spot): Promise<void> {
      const { x, y } = await reach(spot);
      await tab.click(x, y);
    },
    async hover(spot: Spot): Promise<void> {
      const { x, y } = await reach(spot);
      await tab.move(x, y);
    },
    /** "Shift+Tab". */
    async press(...chords: string[]): Promise<void> {
      for (const chord of chords) await tab.chord(chord.split("+"));
    },
    type: (text: string): Promise<void> => tab.type(text),
    /** Chooses an action of a message: a button, which is there while the pointer is, or an entry of its menu. */
    async act(row: string, action: string): Promise<void> {
      const isButton = action === "react" || action === "reply" || action === "more";
      await visitor.hover(inRow(row, "[part~=text]"));
      await visitor.click(inRow(row, `[data-action=${isButton ? action : "more"}]`));
      if (!isButton) await visitor.click(`[part=menu] [data-action=${action}]`);
    },
    /** Types into the composer, from wherever the cursor was. */
    async write(text: string): Promise<void> {
      await visitor.click("[part=input]");
      await tab.type(text);
    },
    /** The texts of the list. */
    texts: (index = 0): Promise<string[]> =>
      evaluate((index) => {
        const root = document.querySelectorAll("kabar-chat")[index]?.shadowRoot;
        return [...(root?.querySelectorAll("[part=log] [part~=text]") ?? [])].map((e) => e.textContent ?? "");
      }, index),
    /** Waits until the list is exactly this. */
    async shows(...expected: string[]): Promise<void> {
      const isSo = async () => JSON.stringify(await visitor.texts()) === JSON.stringify(expected);
      await until("the messages", isSo).catch(async () => expect(await visitor.texts()).toEqual(expected));
    },
    /** Waits until a message stands last. */
    last: (text: string) =>
      until(`"${text}" at the end`, async () => (await visitor.texts()).at(-1) === text),
    /** What stands in the composer. */
    draft: (): Promise<string> =>
      evaluate(
        () =>
          document.querySelector("kabar-chat")?.shadowRoot?.querySelector<HTMLTextAreaElement>("[part=input]")
            ?.value ?? "",
      ),
    /** What has the focus: its part or action, else its class or tag. */
    focused: (): Promise<string> =>
      evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        const e = active as HTMLElement | null;
        return (
          e?.dataset.action ??
          e?.getAttribute("part")?.split(" ")[0] ??
          (e?.id || e?.tagName.toLowerCase()) ??
          ""
        );
      }),
    /** Waits for the focus. */
    focus: (what: string) =>
      until(`the focus on ${what}`, async () => (await visitor.focused()) === what).catch(async () =>
        expect(await visitor.focused()).toBe(what),
      ),
    /** Waits until the chat is online and all that is loaded after it is there. */
    async online(): Promise<void> {
      await until("online", () =>
        evaluate(() => document.querySelector("kabar-chat")?.connection === "online"),
      );
    },
    /** Ends the visit. What the page's scripts threw is nobody's expectation. */
    async leave(): Promise<void> {
      gone = true;
      const thrown = await evaluate(() => (window as unknown as { thrown?: string[] }).thrown ?? []);
      await tab.close();
      expect(thrown).toEqual([]);
    },
  };
  return visitor;
}
