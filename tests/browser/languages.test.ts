import { expect } from "bun:test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, texts, visitChat } from "../support/chat-page.ts";
import { Client } from "../support/client.ts";
import { publish } from "../support/messages.ts";
import { host, leave, visit } from "../support/windows.ts";

const server = await useBrowserWithServer();

/** Where things stand inside of the chat, in page coordinates. */
const placeOf = (page: Awaited<ReturnType<typeof visit>>, part: string) =>
  page.evaluate((part) => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const box = root?.querySelector(`[part~=${part}]`)?.getBoundingClientRect();
    return { left: box?.left ?? 0, right: box?.right ?? 0 };
  }, part);

browserTest(
  "Arabic mirrors the chat, every message keeps its own direction, and names are isolated",
  async () => {
    await publish(server, "مرحبا بكم في الدردشة", "lobby", "سارة");
    await publish(server, "Hello (world)!", "lobby", "Ben");
    const page = await visitChat(server, 'data-topic="lobby" data-lang="ar"');
    await connected(page);
    await page.getByRole("textbox", { name: "رسالة", exact: true }).waitFor();
    await expectTexts(page, ["مرحبا بكم في الدردشة", "Hello (world)!"]);
    await page.locator("kabar-chat [part=face]").waitFor();
    const [avatar, text, send, input, face] = await Promise.all(
      ["avatar", "text", "send", "input", "face"].map((part) => placeOf(page, part)),
    );
    expect(face?.left).toBeGreaterThan(input?.left ?? 0);
    expect(avatar?.left).toBeGreaterThan(text?.left ?? 0);
    expect(send?.left).toBeLessThan(input?.left ?? 0);
    const found = await page.evaluate(() => {
      const root = document.querySelector("kabar-chat")?.shadowRoot;
      const texts = [...(root?.querySelectorAll<HTMLElement>("[part=text]") ?? [])];
      return {
        root: getComputedStyle(root?.querySelector(".root") as Element).direction,
        lang: root?.querySelector<HTMLElement>(".root")?.lang,
        dirs: texts.map((e) => e.dir),
        directions: texts.map((e) => getComputedStyle(e).direction),
        names: [...(root?.querySelectorAll("[part=author]") ?? [])].map((e) => e.tagName),
        field: getComputedStyle(root?.querySelector("textarea") as Element).direction,
        page: getComputedStyle(document.body).direction,
      };
    });
    expect(found).toEqual({
      root: "rtl",
      lang: "ar",
      dirs: ["auto", "auto"],
      directions: ["rtl", "ltr"],
      names: ["BDI", "BDI"],
      field: "rtl",
      page: "ltr",
    });
    expect(await findViolations(page)).toEqual([]);
  },
);

browserTest(
  "the nearest `lang` of the page chooses the language, then the user's browser, then English",
  async () => {
    const sendOf = async (body: string, locale: string) => {
      const page = await visit(host(body).url, { locale });
      await connected(page);
      const name = await until("the button", () =>
        page.evaluate(
          () => document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=send]")?.ariaLabel,
        ),
      );
      await leave(page);
      return name;
    };
    const noLang = `<script>document.documentElement.removeAttribute("lang")</script>${tag(server)}`;
    expect(await sendOf(`<div lang="id">${tag(server)}</div>`, "de-DE")).toBe("Kirim");
    expect(await sendOf(noLang, "ja-JP")).toBe("送信");
    expect(await sendOf(noLang, "sv-SE")).toBe("Send");
    expect(await sendOf(`<div lang="tlh">${tag(server)}</div>`, "de-DE")).toBe("Send");
  },
);

browserTest("the chat follows a right-to-left page without any attribute", async () => {
  const page = await visit(host(`<script>document.documentElement.dir = "rtl"</script>${tag(server)}`).url);
  await connected(page);
  await composer(page).waitFor();
  await until("messages", async () => (await texts(page)).length > 0);
  const [avatar, text] = await Promise.all(["avatar", "text"].map((part) => placeOf(page, part)));
  expect(avatar?.left).toBeGreaterThan(text?.left ?? 0);
});

browserTest("later chunks speak the chosen language too: header, actions, menu, name form", async () => {
  const page = await visitChat(server, 'data-topic="lobby" data-lang="de"');
  await connected(page);
  await page.getByRole("button", { name: "Menü" }).click();
  await page.getByRole("menuitem", { name: "Einstellungen" }).click();
  await page.getByRole("group", { name: "Design" }).getByRole("radio", { name: "Dunkel" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Name ändern" }).click();
  await page.getByRole("textbox", { name: "Dein Name" }).waitFor();
  await page.keyboard.press("Escape");
  const other = await Client.open(server.url, { name: "Budi" });
  await other.ask("subscribe", { topic: "lobby", people: true });
  await page.getByRole("button", { name: /^\d+ online$/ }).waitFor();
  other.close();
  await page.locator("kabar-chat article").last().hover();
  await page.getByRole("button", { name: "Antworten" }).first().waitFor();
  expect(await findViolations(page)).toEqual([]);
});

browserTest("in a right-to-left chat the menu stands under its button", async () => {
  const page = await visitChat(server, 'data-topic="lobby" data-lang="ar"');
  await connected(page);
  await page.getByRole("button", { name: "القائمة" }).click();
  const menu = page.getByRole("menu", { name: "القائمة" });
  await menu.waitFor();
  const [under, button] = await Promise.all([menu.boundingBox(), placeOf(page, "menu-button")]);
  expect(under?.x).toBeLessThanOrEqual(button.right);
  expect(button.left).toBeLessThan((under?.x ?? 0) + (under?.width ?? 0));
});
