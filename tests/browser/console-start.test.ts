/** Get started in the owner's console: the tag in a page of another site, and the sites that may use it. */
import { expect } from "bun:test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, expectTexts, tag, write } from "../support/chat-page.ts";
import { createOwner } from "../support/console-owner.ts";
import { host, newContext, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_ALLOWED_ORIGINS: "https://allowed.example" });
const { openView } = createOwner(server);

browserTest(
  "a page of another origin is refused until the owner allows it in the console, and again after its removal",
  async () => {
    const site = host(tag(server));
    const { origin } = new URL(site.url);
    const context = await newContext();
    const guest = await visitIn(context, site.url);
    await connected(guest, "denied");

    const page = await openView("start");
    const sites = page.getByRole("region", { name: "Allowed sites" });
    await sites.getByRole("listitem").filter({ hasText: "https://allowed.example" }).waitFor();
    expect(await sites.getByRole("button", { name: /^Remove/ }).count()).toBe(0);
    const field = sites.getByLabel("Address of a site");
    await field.fill(`${site.url}page.html`);
    await page.keyboard.press("Enter");
    await sites.getByRole("alert").filter({ hasText: "must be an origin like" }).waitFor();
    await field.fill(site.url);
    await page.keyboard.press("Enter");
    await page.getByText(`Pages of ${origin} may use the chat now.`).waitFor();

    await guest.reload();
    await connected(guest);
    await write(guest, "from another site");
    await expectTexts(guest, ["from another site"]);

    await sites.getByRole("button", { name: `Remove ${origin}` }).click();
    await page.getByText(`Pages of ${origin} may no longer use the chat.`).waitFor();
    // Its client tries again and is refused each time.
    const isOnline = () =>
      guest.evaluate(() => document.querySelector("kabar-chat")?.connection === "online");
    await until("the end of the page's session", async () => !(await isOnline()));
    await page.getByRole("button", { name: "Undo" }).click();
    await until("the site again", () => sites.getByRole("button", { name: `Remove ${origin}` }).count());
    await guest.reload();
    await connected(guest);
  },
);
