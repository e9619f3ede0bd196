/** Hostile texts, names and reasons at the moderators' desk and in the notes to authors. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, tag, write } from "../support/chat-page.ts";
import { host, visitIn } from "../support/windows.ts";
import { Client } from "../support/client.ts";
import { CORPUS, findForeign, lettersOf, NAMES, reportOnly, watchfulContext } from "../support/hostile.ts";
import { openDesk } from "../support/moderators.ts";
import { openModerator, signToken, TOKEN_SECRET } from "../support/people.ts";

/** A queue as long as moderators can work through, and texts as long as a reason may be. */
const SOME = CORPUS.filter((text) => text.length <= 500 && lettersOf(text) !== "").map((text) =>
  text.toWellFormed(),
);
const server = await useBrowserWithServer({
  KABAR_TOKEN_SECRET: TOKEN_SECRET,
  KABAR_TOPICS: "held reported laid why pins",
});
const mod = await openModerator(server.url);
const moderate = (topic: string, act: object) => mod.ask("moderate", { topic, ...act });
const watch = await watchfulContext((url) =>
  /^(?:data:,|http:\/\/127\.0\.0\.1:\d+\/(?:widget[\w./@-]*)?)$/.test(url),
);
const open = (attributes: string) =>
  visitIn(watch.context, host(tag(server, attributes), reportOnly(server)).url);

async function openDeskOf(topic: string): Promise<Page> {
  const token = await signToken("mod", { name: "Mod", role: "moderator" });
  const page = await open(`data-topic="${topic}" data-token="${token}"`);
  await openDesk(page);
  return page;
}
/** Waits until what is shown has, letter by letter, what was said. */
async function expectLetters(page: Page, part: string, expected: readonly string[]): Promise<void> {
  const shown = async () => (await page.locator(part).allTextContents()).map(lettersOf).sort();
  const wanted = expected.map(lettersOf).sort();
  await until(part, async () => JSON.stringify(await shown()) === JSON.stringify(wanted)).catch(async () =>
    expect(await shown()).toEqual(wanted),
  );
}
/** Opens what else may be done in some cases; each repeats the name. */
async function openLayers(page: Page): Promise<void> {
  for (const button of (await page.locator(".desk [data-case] > [aria-expanded]").all()).slice(0, 8)) {
    await button.click();
    expect(await findForeign(page)).toEqual([]);
  }
}
async function expectNoHarm(page: Page): Promise<void> {
  expect(await findForeign(page)).toEqual([]);
  expect(await watch.harm()).toEqual([]);
  await page.close();
}

browserTest("held messages and their authors are shown as text", async () => {
  await moderate("held", { action: "mode", mode: { hold: "all" } });
  for (const [i, text] of SOME.entries()) {
    const client = await Client.open(server.url, { name: NAMES[i]?.toWellFormed() });
    const author = client.hello.type === "ok" ? client : await Client.open(server.url);
    await author.publish("held", text);
    author.close();
  }
  const { held } = (await mod.ask("queue", { topic: "held" })) as unknown as {
    held: { text: string; messageId: string; user: { id: string; name: string } }[];
  };
  expect(held.length).toBeGreaterThan(20);
  const page = await openDeskOf("held");
  await expectLetters(
    page,
    ".desk [data-case] > .text",
    held.map((message) => message.text),
  );
  await expectLetters(
    page,
    ".desk .by bdi",
    held.map(({ user }) => user.name),
  );
  await openLayers(page);
  await expectNoHarm(page);
  // One address may have a few held messages only: later tests need the room.
  for (const { user, messageId } of held)
    await moderate("held", { action: "reject", user: user.id, messageId });
});

browserTest("reports show hostile names and reasons as text", async () => {
  for (const [i, text] of SOME.entries()) {
    const author = await Client.open(server.url);
    const { offset: target } = (await author.publish("reported", text)) as unknown as { offset: number };
    author.close();
    const client = await Client.open(server.url, { name: NAMES[i]?.toWellFormed() });
    const reporter = client.hello.type === "ok" ? client : await Client.open(server.url);
    await reporter.ask("report", { topic: "reported", target, why: text });
    reporter.close();
  }
  const { reports } = (await mod.ask("queue", { topic: "reported" })) as unknown as {
    reports: { by: string; byName?: string; why?: string }[];
  };
  expect(reports.length).toBeGreaterThan(20);
  const page = await openDeskOf("reported");
  const lines = reports.map(({ by, byName = by, why = "" }) => byName + why);
  await expectLetters(page, ".desk .reporters > li", lines);
  await openLayers(page);
  await expectNoHarm(page);
});

browserTest("the list of muted users shows hostile names and reasons as text", async () => {
  for (const [i, why] of SOME.entries()) {
    const client = await Client.open(server.url, { name: NAMES[i]?.toWellFormed() });
    if (client.hello.type === "ok") {
      const { user } = client.hello as { user: { id: string } };
      await client.publish("laid", "hello");
      await moderate("laid", { action: "timeout", user: user.id, seconds: 600, why });
    }
    client.close();
  }
  const { sentences } = (await mod.ask("queue", { topic: "laid" })) as unknown as {
    sentences: { user: string; name?: string; why: string }[];
  };
  expect(sentences.length).toBeGreaterThan(20);
  const page = await openDeskOf("laid");
  await expectLetters(
    page,
    ".desk [data-case] > .text",
    sentences.map(({ why }) => why),
  );
  await expectLetters(
    page,
    ".desk .by bdi",
    sentences.map(({ user, name = user }) => name),
  );
  // The line of an act says the name once more.
  await page.locator(".desk [data-case] > button").first().click();
  await page.locator("kabar-chat .undo").waitFor();
  await expectNoHarm(page);
});

browserTest("a rejected message shows a hostile reason as text", async () => {
  await moderate("why", { action: "mode", mode: { hold: "all" } });
  const page = await open('data-topic="why"');
  await connected(page);
  for (const why of SOME.slice(0, 30)) {
    await write(page, "let me in");
    const wait = async () =>
      (
        (await mod.ask("queue", { topic: "why" })) as unknown as {
          held: { messageId: string; user: { id: string } }[];
        }
      ).held[0];
    const held = await until("it waits", wait);
    await moderate("why", { action: "reject", user: held.user.id, messageId: held.messageId, why });
    const note = page.locator("kabar-chat .note", { hasText: "Not approved" });
    await until(`the reason ${why}`, async () =>
      lettersOf((await note.first().textContent()) ?? "").includes(lettersOf(why)),
    );
    expect(await findForeign(page)).toEqual([]);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await until("gone", async () => (await note.count()) === 0);
  }
  await expectNoHarm(page);
});

browserTest("pins and the names of the mention list are shown as text", async () => {
  const page = await open('data-topic="pins"');
  await connected(page);
  const people: Client[] = [];
  for (const name of NAMES.slice(0, 20)) {
    const client = await Client.open(server.url, { name });
    await client.ask("subscribe", { topic: "pins", people: true });
    people.push(client);
  }
  const pinned = page.locator('[part="pinned"]');
  for (const [i, text] of SOME.filter((_, at) => at % 3 === 0).entries()) {
    const author = people[i % people.length];
    if (!author) throw new Error("nobody came");
    const { offset: target } = (await author.publish("pins", text)) as unknown as { offset: number };
    await moderate("pins", { action: "pin", target, on: true });
    const letters = lettersOf(text);
    await until(`pinned: ${text}`, async () =>
      lettersOf((await pinned.textContent()) ?? "").includes(letters),
    );
    expect(await findForeign(page)).toEqual([]);
  }
  await composer(page).pressSequentially("@s");
  await page
    .getByRole("option", { name: /script/ })
    .first()
    .waitFor();
  await expectNoHarm(page);
  for (const client of people) client.close();
});
