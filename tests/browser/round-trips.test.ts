/** Round trips between the browser and the server until the first list, over a slow network: by requests and their order, not by the clock. */
import { afterAll, expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, useBrowserWithServer } from "../support/browser.ts";
import { expectTexts, tag } from "../support/chat-page.ts";
import { type Flight, startDelayingProxy } from "../support/delaying-proxy.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer();
const proxy = await startDelayingProxy(server.port, 100);
afterAll(() => proxy.stop());
await publish(server, "hello from far away");

/** Opens the page and waits for its list; returns what the network brought and took until then. */
async function arrive(
  attributes = 'data-topic="lobby"',
  options: { locale?: string } = {},
): Promise<{ page: Page; flights: Flight[]; again: () => Promise<Flight[]> }> {
  const context = await newContext(options);
  const { url } = host(tag(proxy, attributes));
  async function open(): Promise<[Page, Flight[]]> {
    proxy.begin();
    const page = await visitIn(context, url);
    await expectTexts(page, ["hello from far away"]);
    return [page, [...proxy.flights]];
  }
  const [page, flights] = await open();
  return {
    page,
    flights,
    async again() {
      // What comes after the list is stored, too, before the next visit.
      await page.locator("[part=menu-button]").waitFor();
      await page.close();
      return (await open())[1];
    },
  };
}

const find = (flights: Flight[], to: Flight["to"], words: string): Flight => {
  const found = flights.find((flight) => flight.to === to && flight.text.includes(words));
  if (!found) throw new Error(`nothing with "${words}" went to the ${to}`);
  return found;
};
/** The round trips after the script tag's request, or from the first request on when the script was stored. */
function roundsToList(flights: Flight[]): number {
  const script = flights.find(({ to, text }) => to === "server" && text.startsWith("GET /widget.js"));
  return find(flights, "browser", '"type":"messages"').round - (script?.round ?? 0);
}

browserTest("the first list comes within 4 round trips of the script tag's request", async () => {
  const { flights } = await arrive();
  expect(roundsToList(flights)).toBeLessThanOrEqual(4);
});

browserTest("what the first list does not need is asked for after it", async () => {
  const { page, flights } = await arrive();
  await page.locator("[part=menu-button]").waitFor();
  const list = flights.indexOf(find(flights, "browser", '"type":"messages"'));
  const before = flights.slice(0, list).filter(({ to, text }) => to === "server" && /^GET /.test(text));
  expect(before.map(({ text }) => /^GET (\/[a-z.]+(?:\/[a-z]+)?)/.exec(text)?.[1]).sort()).toEqual([
    "/websocket",
    "/widget.js",
    "/widget/core",
  ]);
});

browserTest("the chat's code and its connection are asked for in the same round", async () => {
  const { flights } = await arrive();
  const [core, upgrade] = ["GET /widget/core-", "GET /websocket"].map((line) =>
    find(flights, "server", line),
  );
  const script = find(flights, "server", "GET /widget.js");
  // Each on a connection of its own, whose handshake counts; no file of the chat comes before.
  expect(upgrade?.round).toBe(script.round + 2);
  expect(core?.round).toBeLessThanOrEqual(script.round + 2);
  expect(flights.filter(({ text }) => text.startsWith("GET /websocket"))).toHaveLength(1);
});

browserTest("a warm visit has its list within 3 round trips, and asks for no file again", async () => {
  const { again } = await arrive();
  const flights = await again();
  expect(flights.filter(({ text }) => text.startsWith("GET /widget"))).toEqual([]);
  expect(roundsToList(flights)).toBeLessThanOrEqual(3);
});

browserTest("a panel that is open has its list as soon", async () => {
  const { flights } = await arrive('data-topic="lobby" data-mode="panel" data-open');
  expect(roundsToList(flights)).toBeLessThanOrEqual(4);
});

browserTest(
  "a page in another language has its list as soon, with all chunks of the list asked for together",
  async () => {
    const { page, flights } = await arrive('data-topic="lobby" data-lang="de"');
    expect(roundsToList(flights)).toBeLessThanOrEqual(4);
    /** The round in which the browser wanted it; the handshake of a new connection is one more. */
    const wanted = (line: string): number => {
      const request = find(flights, "server", line);
      const first = flights.find(
        ({ connection, to }) => connection === request.connection && to === "server",
      );
      return request.round - (request === first ? 1 : 0);
    };
    expect(wanted("GET /widget/de-")).toBe(wanted("GET /widget/languages-"));
    expect(await page.getByRole("textbox", { name: "Nachricht", exact: true }).count()).toBe(1);
  },
);
