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
    // The close code tells its client not to try again and again.
    await connected(guest, "denied");
    await page.getByRole("button", { name: "Undo" }).click();
    await until("the site again", () => sites.getByRole("button", { name: `Remove ${origin}` }).count());
    await guest.reload();
    await connected(guest);
  },
);

browserTest(
  "refused rules and sites, and the meanings of settings, are in the language of the page",
  async () => {
    const context = await newContext({ locale: "de-DE" });
    const page = await openView("topics/lobby", context);
    await page.getByLabel("Längster Text").fill("0");
    await page.getByLabel("Längster Text").press("Enter");
    await page
      .getByRole("alert")
      .filter({ hasText: "Längster Text: Erlaubt: eine ganze Zahl von 1 bis 1.000.000." })
      .waitFor();
    expect(await page.getByLabel("Längster Text").getAttribute("aria-invalid")).toBe("true");

    await page.goto(`${server.url}/console#/start`);
    await page.getByLabel("Adresse einer Website").fill("example.com");
    await page.keyboard.press("Enter");
    await page
      .getByRole("alert")
      .filter({ hasText: "Erlaubt: ein Ursprung wie https://example.com" })
      .waitFor();

    await page.goto(`${server.url}/console#/settings`);
    await page.getByText("Der Port, auf dem der Server hört").waitFor();
    expect(await page.getByRole("main").locator("li [lang=en]").count()).toBe(0);
    await page.getByRole("searchbox").fill("Betreiberschlüssel");
    await page.getByText("operator_key =").waitFor();
    await until("nothing else", async () => (await page.getByText("Der Port, auf dem").count()) === 0);
    await page.getByLabel("Sprache").selectOption("en");
    await page.getByRole("searchbox").fill("port to listen on");
    await page.getByText("The port to listen on").waitFor();
  },
);
