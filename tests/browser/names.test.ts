import { expect, setDefaultTimeout } from "bun:test";
import {
  browserTest,
  connected,
  expectTexts,
  host,
  serve,
  tag,
  until,
  useBrowser,
  visit,
  write,
} from "../support/browser.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

useBrowser();

const server = await serve({ env: { KABAR_TOPICS: "lobby" } });

browserTest(
  "a visitor who takes a name that is not for guests has the old one again, and can take another",
  async () => {
    const page = await visit(host(tag(server)).url);
    await connected(page);
    const errors = page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener("kabar-error", (event) => resolve((event as CustomEvent).detail.code), {
            once: true,
          });
        }),
    );
    const name = () => page.evaluate(() => document.querySelector("kabar-chat")?.me?.name);
    const before = await until("a name", name);
    expect(before).toMatch(/^Guest-/);
    const take = async (wanted: string) => {
      await page.getByRole("button", { name: "Change name" }).click();
      await page.getByRole("textbox", { name: "Your name" }).fill(wanted);
      await page.keyboard.press("Enter");
    };
    await take("Аdm1n");
    expect(await errors).toBe("name-taken");
    expect(await name()).toBe(before);
    await write(page, "it is me");
    await expectTexts(page, ["it is me"]);
    await take("Ana");
    await until("the new name", async () => (await name()) === "Ana");
    await page.reload();
    await until("the name is kept", async () => (await name()) === "Ana");
  },
);
