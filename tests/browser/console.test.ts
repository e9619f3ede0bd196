/** The owner's console: the way in and out of it, and what an owner does there. */
import { expect, test } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { idOf, signToken, TOKEN_SECRET } from "../support/people.ts";
import { run } from "../support/run.ts";
import { createOwner } from "../support/console-owner.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import { newContext, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_LOG_LEVEL: "debug", KABAR_TOKEN_SECRET: TOKEN_SECRET });
const { api, bearer, newLink, openView, say, signIn } = createOwner(server);

const codeOf = (link: string): string => link.slice(link.indexOf("#") + 1);
/** The button in the bar, which only a browser that is signed in has. */
const signOut = (page: Page) => page.getByRole("banner").getByRole("button", { name: "Sign out" });
test("the start and the command `console` print a link; no log line has its code", async () => {
  const [, printed = ""] = /^ +Console +(\S+\/console#link_[\w-]+)$/m.exec(server.output()) ?? [];
  expect(printed).toStartWith(`http://localhost:${server.port}/`);
  const command = await run(["console"], {
    env: { PORT: String(server.port), KABAR_DATA_DIR: server.dataDir, KABAR_OPERATOR_KEY: OPERATOR_KEY },
  });
  expect(command.code).toBe(0);
  expect(command.out).toMatch(/^http:\S+\/console#link_[\w-]+\n$/);
  for (const link of [printed, command.out.trim()]) {
    expect((await signIn({ code: codeOf(link) })).status).toBe(201);
    expect((await signIn({ code: codeOf(link) })).status).toBe(401);
  }
  const lines = server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  expect(lines.filter((line) => /(?:link|session)_[0-9a-f]{12}_/.test(line))).toEqual([]);
});

browserTest("a link signs a browser in once, and a session that is ended elsewhere is gone", async () => {
  const context = await newContext();
  const link = await newLink();
  const page = await visitIn(context, link);
  await signOut(page).waitFor();
  expect(page.url()).not.toContain("link_");
  expect(await page.evaluate(() => document.cookie)).toBe("");
  await visitIn(context, `${server.url}/console`).then((tab) => signOut(tab).waitFor());
  const stranger = await visitIn(await newContext(), link);
  await stranger.getByText("This link has been used or has expired.").waitFor();
  expect(stranger.url()).not.toContain("link_");
  // Opened in a tab that has the console already.
  await stranger.goto(await newLink());
  await signOut(stranger).waitFor();
  expect(stranger.url()).not.toContain("link_");
  await signOut(stranger).click();
  await stranger.getByText("You are signed out.").waitFor();

  await page.goto(`${server.url}/console#/sessions`);
  await page.getByText("this browser").waitFor();
  const { sessions } = (await (await fetch(api("console/sessions"), { headers: bearer })).json()) as {
    sessions: { id: string }[];
  };
  await fetch(api(`console/sessions/${sessions.at(-1)?.id}`), { method: "DELETE", headers: bearer });
  await page.reload();
  await until("the way in", () => page.getByLabel("Or enter the operator key").count());
  await page.getByLabel("Or enter the operator key").fill(OPERATOR_KEY);
  await page.keyboard.press("Enter");
  await signOut(page).click();
  await page.getByText("You are signed out.").waitFor();
});

browserTest(
  "an owner is made in the console and signs in with a passphrase; a page that is signed out shows no error",
  async () => {
    const page = await visitIn(await newContext(), await newLink());
    await signOut(page).waitFor();
    await page.goto(`${server.url}/console#/sessions`);
    await page.getByRole("button", { name: "New owner" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Ana");
    const fill = async (passphrase: string) => {
      await dialog.getByLabel("Passphrase (at least").fill(passphrase);
      await dialog.getByLabel("Repeat").fill(passphrase);
      await dialog.getByRole("button", { name: "Save" }).click();
    };
    await fill("short");
    await dialog.getByText("must be 15 to 256 characters").waitFor();
    await fill("otter lantern violin crumb");
    await page.getByText("Passphrase saved.").waitFor();
    await page.getByRole("button", { name: "New passphrase Ana" }).waitFor();

    const context = await newContext();
    const told: string[] = [];
    context.on("console", (message) => void (message.type() === "error" && told.push(message.text())));
    const own = await visitIn(context, `${server.url}/console`);
    await own.getByLabel("Passphrase").fill("wrong");
    expect(told).toEqual([]);
    await own.getByLabel("Name").fill("ana");
    await own.keyboard.press("Enter");
    await own.getByText("The name or the passphrase is wrong.").waitFor();
    await own.getByLabel("Passphrase").fill("otter lantern violin crumb");
    await own.keyboard.press("Enter");
    await signOut(own).waitFor();
    await own.goto(`${server.url}/console#/sessions`);
    await own.getByText("Ana · Chrome, Linux").waitFor();

    await page.getByRole("button", { name: "Remove Ana" }).click();
    await page.getByLabel("Type Ana to confirm").fill("Ana");
    await page.keyboard.press("Enter");
    await page.getByText("Owner removed.").waitFor();
    await own.reload();
    await own.getByText("You are signed out.").waitFor();
  },
);

browserTest(
  "a moderator comes in with a token and sees the inbox and the topics of the token alone",
  async () => {
    const context = await newContext();
    const token = await signToken("mo", { topics: { lobby: "moderate" } });
    const page = await visitIn(context, `${server.url}/console#token_${token}`);
    await signOut(page).waitFor();
    expect(page.url()).not.toContain("token_");
    expect(await page.getByRole("navigation").getByRole("link").allInnerTexts()).toEqual([
      "Inbox",
      "Topics",
      "Search",
      "People",
    ]);
    const told: string[] = [];
    context.on("console", (message) => void (message.type() === "error" && told.push(message.text())));
    await page.goto(`${server.url}/console#/keys`);
    await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await page.goto(`${server.url}/console#/topics`);
    await page.getByRole("link", { name: "lobby" }).click();
    await page.getByLabel("Read-only").check();
    await page.getByRole("status").filter({ hasText: /\S/ }).waitFor();
    await page.getByLabel("Read-only").uncheck();
    expect(await page.getByRole("button", { name: /^(Delete|New topic)/ }).count()).toBe(0);
    expect(told).toEqual([]);
    await signOut(page).click();
    await page.getByText("You are signed out.").waitFor();
  },
);

browserTest(
  "first messages wait until one is approved, are marked in the inbox, and those that are shown are kept by a key",
  async () => {
    for (const [topic, rule] of [
      ["parlour", "hold"],
      ["hall", "show"],
    ])
      await fetch(api(`topics/${topic}`), {
        method: "PUT",
        headers: bearer,
        body: JSON.stringify({ first_messages: rule }),
      });
    const write = async (topic: string, text: string) =>
      (await fetch(`${server.url}/api/topics/${topic}/messages?name=Fia`, { method: "POST", body: text }))
        .status;
    expect(await write("parlour", "Good evening")).toBe(202);
    expect(await write("hall", "Good morning")).toBe(201);
    const page = await openView("inbox");
    await page.getByText("Good evening").waitFor();
    await page.getByLabel("Show").selectOption("reported");
    await page.getByText("Nothing to review.").waitFor();
    await page.getByLabel("Show").selectOption("first");
    const held = page.getByRole("article").filter({ hasText: "Good evening" });
    await held.getByText("first message of a new author, held").waitFor();
    const shown = page.getByRole("article", { name: "First message of a new author in hall" });
    await shown.getByText("Good morning").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await held.getByText("Approved.").waitFor();
    await page.keyboard.press("a");
    await shown.getByText("Kept.").waitFor();
    expect(await inboxCount()).toBe(0);
    expect(await write("parlour", "And good night")).toBe(201);
    await page.goto(`${server.url}/console#/topics/parlour`);
    await page.getByLabel("First messages").selectOption("allow");
    await page.getByRole("button", { name: "Save rules" }).click();
    await page.getByText("Rules saved.").waitFor();
  },
);

const inboxCount = async (): Promise<number> =>
  ((await (await fetch(api("inbox"), { headers: bearer })).json()) as { count: number }).count;

browserTest(
  "an owner makes a topic, has guests' messages held, approves one by a key, mutes its author and takes that back",
  async () => {
    const page = await openView("home");
    await page.getByText("All is well.").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.getByRole("heading", { name: "Topics" }).waitFor();
    await page.keyboard.press("n");
    await page.getByLabel("Name, or the beginning").fill("not allowed!");
    await page.keyboard.press("Enter");
    await page.getByText("is not a topic or pattern").waitFor();
    await page.getByLabel("Name, or the beginning").fill("evening");
    await page.keyboard.press("Enter");
    await page.getByLabel("Longest text").fill("0");
    await page.getByRole("button", { name: "Save rules" }).click();
    await page.getByText(/max_text_bytes: is 0/).waitFor();
    await page.getByLabel("Longest text").fill("500");
    await page.getByRole("button", { name: "Save rules" }).click();
    await page.getByText("Rules saved.").waitFor();
    await page.getByLabel("Hold for review").selectOption("guests");
    await page.getByText("Review changed.").waitFor();

    expect(await say("May I?", "Ana")).toBe(202);
    expect(await say("And I?", "Budi")).toBe(202);
    await page.keyboard.press("Escape");
    await page.goto(`${server.url}/console#/inbox`);
    await page.getByText("And I?").waitFor();
    const second = await openView("inbox");
    await second.getByText("And I?").waitFor();
    await second.keyboard.press("j");
    const first = page.getByRole("article").filter({ hasText: "May I?" });
    await first.getByText("is looking at this").waitFor();
    // Taken by a key, live for the other one, until it is given back.
    await second.keyboard.press("t");
    await first.getByText("Taken by").waitFor();
    expect(await first.getByRole("button", { name: "Take" }).count()).toBe(0);
    await second.reload();
    await second.getByText("Yours").waitFor();
    await second.getByRole("button", { name: "Give back" }).click();
    await first.getByRole("button", { name: "Take" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await first.getByText("Approved.").waitFor();
    await second.getByText("Decided elsewhere.").waitFor();
    await second.context().close();
    await until("the message in the topic", async () =>
      (await (await fetch(`${server.url}/api/topics/evening/messages`)).text()).includes("May I?"),
    );
    // The next one is chosen, and the decided one has kept its place.
    expect(await page.getByRole("article").allInnerTexts()).toHaveLength(2);
    await page.keyboard.press("m");
    await page.getByText("Muted for 10 minutes.").waitFor();
    expect(await say("x", "Ana")).toBe(403);
    await page.keyboard.press("z");
    await page.getByText("Undone.").waitFor();
    expect(await say("x", "Ana")).toBe(202);
    await page.keyboard.press("r");
    await page.getByRole("article").filter({ hasText: "And I?" }).getByText("Rejected.").waitFor();
    await until("one that waits", async () => (await inboxCount()) === 1);
    const audit = await (await fetch(api("audit"), { headers: bearer })).text();
    expect(audit).toContain("held:evening");
    expect(audit).not.toContain('"proof"');
  },
);

browserTest(
  "a key is made and shown once, a sanction is found and lifted, and every change is in the audit log",
  async () => {
    const page = await openView("keys");
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Deploys");
    await page.getByLabel("In topics").fill("evening");
    await page.getByRole("button", { name: "Create" }).click();
    await until("the key", async () =>
      (await page.getByLabel("Key", { exact: true }).inputValue()).startsWith("kk_"),
    );
    await page.getByRole("button", { name: "Revoke Deploys" }).click();
    await page.getByText("Key revoked.").waitFor();

    const act = { action: "ban", user: "u:troll", why: "<img src=x onerror=alert(1)>" };
    await fetch(api("topics/evening/moderate"), {
      method: "POST",
      headers: bearer,
      body: JSON.stringify(act),
    });
    await page.goto(`${server.url}/console#/people`);
    await page.getByRole("searchbox").fill("troll");
    const troll = page.locator(".row").filter({ hasText: "u:troll" });
    await troll.getByText("banned in").waitFor();
    await troll.getByText(act.why).waitFor();
    await troll.getByRole("button", { name: "Lift" }).click();
    await page.getByText("Lifted.").waitFor();
    // Somebody who is here is banned from the list; each button names its user and topic.
    const guest = await Client.open(server.url, { name: "Gil" });
    await guest.ask("subscribe", { topic: "evening", people: true });
    await page.getByRole("searchbox").fill(idOf(guest));
    await page.getByRole("button", { name: `Mute for 10 min ${idOf(guest)} evening` }).waitFor();
    await page.getByRole("button", { name: `Ban ${idOf(guest)} evening` }).click();
    await page.locator(".row").getByText("banned in evening").waitFor();
    // A muted user who has left is found by a part of the name, and can be banned.
    const late = await Client.open(server.url, { name: "Désirée Quartz" });
    await late.publish("lobby", "good evening");
    await page.getByRole("searchbox").fill("desiree q");
    const row = page.locator(".row").filter({ hasText: idOf(late) });
    await row.getByText("wrote in: lobby").waitFor();
    await row.getByRole("button", { name: "Mute for 10 min" }).click();
    await row.getByText("muted in lobby").waitFor();
    await row.getByRole("button", { name: "Sessions and devices" }).click();
    await row.getByRole("button", { name: "End", exact: false }).first().click();
    await late.line.closed;
    await row.getByText("No open session").waitFor();
    await row.getByRole("button", { name: "Ban" }).click();
    await row.getByText("banned in lobby").waitFor();
    guest.close();
    await page.getByRole("searchbox").fill("u:nobody");
    await page.getByRole("link", { name: "Messages u:nobody" }).click();
    await page.getByText("No messages found.").waitFor();
    expect(await page.getByLabel("Author’s id or name").inputValue()).toBe("u:nobody");
    await page.goto(`${server.url}/console#/audit`);
    await page.getByRole("searchbox").fill("u:troll");
    await page.getByText(`Reason: ${act.why}`).waitFor();
    // The server filters: the key was made long ago, and an author is no part of the text.
    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Kind").fill("sessions");
    await page.getByLabel("Topic or user").fill(idOf(late));
    await page.getByLabel("Topic or user").blur();
    await page.locator(".row").filter({ hasText: "sessions:ended" }).waitFor();
    await until("one entry", async () => (await page.locator(".row").count()) === 1);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export as CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("audit.csv");

    await page.goto(`${server.url}/console#/explain`);
    await page.getByLabel("Topic").fill("evening");
    await page.getByLabel("Offset or id").fill("1");
    await page.keyboard.press("Enter");
    await page.getByText("Received live").waitFor();
    await page.getByText("May I?").waitFor();
    await page.getByLabel("Offset or id").fill("9999");
    await page.keyboard.press("Enter");
    await page.getByText("No message has this offset.").waitFor();

    await page.goto(`${server.url}/console#/settings`);
    await page.getByRole("searchbox").fill("operator_key");
    await page.getByText('operator_key = "********"').waitFor();
    await page.goto(`${server.url}/console#/start`);
    await page.getByLabel("Topic", { exact: true }).selectOption("evening");
    await page.getByLabel("Theme").selectOption("dark");
    await page.getByLabel("Title").fill("Evening talk");
    await page.getByLabel("Accent colour").fill("#b3261e");
    expect(await page.getByLabel("Tag", { exact: true }).inputValue()).toBe(
      `<style>kabar-chat { --kabar-accent: #b3261e }</style>\n<script async src="${server.url}/widget.js" data-topic="evening" data-theme="dark" data-title="Evening talk"></script>`,
    );
    await page.frameLocator("iframe").getByText("Evening talk").first().waitFor();
    await page.getByRole("button", { name: "Send a test message" }).click();
    // The message itself: its line for screen readers names the author as well.
    await page
      .frameLocator("iframe")
      .getByText("A test message from the console.", { exact: true })
      .waitFor();
  },
);

browserTest(
  "a search over all topics finds, filters, removes with undo, and leads to the message's place",
  async () => {
    for (const [topic, name, text] of [
      ["lobby", "Ana", "a walrus by the sea"],
      ["evening", "Ben", "no animal here"],
      ["lobby", "Ben", "the WALRUS again"],
    ] as const)
      await fetch(`${server.url}/api/topics/${topic}/messages?${new URLSearchParams({ name })}`, {
        method: "POST",
        body: text,
      });
    const page = await openView("search");
    const main = page.getByRole("main");
    const finds = main.locator("li.message .text");
    const find = async (fields: Record<string, string>, expected: string[]) => {
      for (const [label, text] of Object.entries({
        Words: "",
        "Author’s id or name": "",
        Topic: "",
        ...fields,
      }))
        await main.getByLabel(label, { exact: true }).fill(text);
      await main.getByRole("button", { name: "Search" }).click();
      await until(`${expected}`, async () => `${await finds.allTextContents()}` === `${expected}`);
    };
    await find({ Words: "walrus" }, ["the WALRUS again", "a walrus by the sea"]);
    expect(await main.getByRole("status").textContent()).toContain("2 found.");
    expect(await main.locator("mark").allTextContents()).toEqual(["WALRUS", "walrus"]);
    await find({ Words: "walrus", "Author’s id or name": "ana" }, ["a walrus by the sea"]);
    await find({ Words: "animal", Topic: "lobby" }, []);
    expect(await main.getByRole("status").textContent()).toContain("No messages found.");
    await find({ Words: "***" }, []);
    await main.getByText("q: has signs only").waitFor();
    await find({ Words: "walrus" }, ["the WALRUS again", "a walrus by the sea"]);
    await main.getByRole("button", { name: "Remove" }).first().click();
    await until("it is gone", async () => (await finds.count()) === 1);
    await main.getByRole("link", { name: /^lobby/ }).click();
    await page.locator("li.message.is-marked").getByText("a walrus by the sea").waitFor();
    await main.getByRole("link", { name: "Newest messages" }).click();
    await page.locator("li.message.is-marked").waitFor({ state: "detached" });
  },
);
