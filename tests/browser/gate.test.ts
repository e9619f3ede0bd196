import { expect } from "bun:test";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { expectTexts, tag, visitChat, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, newContext, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby", KABAR_GUEST_GATE: "work" });

browserTest("a gate by proof of work leaves the first message as easy to write as any other", async () => {
  const context = await newContext();
  const gates: string[] = [];
  context.on("request", (request) => {
    if (/\/widget\/gate-/.test(request.url())) gates.push(request.url());
  });
  const page = await visitIn(context, host(tag(server)).url);
  expect(gates).toEqual([]);
  await write(page, "first");
  await write(page, "second");
  await expectTexts(page, ["first", "second"]);
  await until("stored in order", async () => (await stored(server)).join() === "first,second");
  expect(gates.length).toBe(1);
  await until("kept", () => page.evaluate(() => JSON.stringify({ ...localStorage }).includes("g2.g-")));

  await page.reload();
  await write(page, "third");
  await until("stored", async () => (await stored(server)).at(-1) === "third");
  expect(gates.length).toBe(1);
});

browserTest("a guest whom the gate refuses reads why, keeps the text, and goes on reading", async () => {
  const site = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ allow: false }) });
  const closed = await serve({
    env: {
      KABAR_TOPICS: "lobby",
      KABAR_GUEST_GATE: "callback",
      KABAR_GATE_URL: `http://127.0.0.1:${site.port}/`,
    },
  });
  const page = await visitChat(closed);
  await write(page, "let me in");
  await page.locator(".note", { hasText: "Not sent" }).waitFor();
  await publish(closed, "others go on");
  await page.getByText("others go on").waitFor();
  expect(await stored(closed)).toEqual(["others go on"]);
  await site.stop(true);
});

browserTest("all tabs of one browser write as the guest of the tab that passed the gate", async () => {
  const context = await newContext();
  const shared = await serve({ env: { KABAR_TOPICS: "lobby", KABAR_GUEST_GATE: "work" } });
  const { url } = host(tag(shared));
  const [one, two] = [await visitIn(context, url), await visitIn(context, url)];
  await write(two, "from the second");
  await expectTexts(one, ["from the second"]);
  await write(one, "from the first");
  await expectTexts(two, ["from the second", "from the first"]);
  await write(two, "again from the second");
  await until("stored", async () => (await stored(shared)).length === 3);
  const response = await fetch(`${shared.url}/api/topics/lobby/messages`);
  const { messages } = (await response.json()) as { messages: { user: { id: string } }[] };
  expect(new Set(messages.map(({ user }) => user.id)).size).toBe(1);
});
