import { expect } from "bun:test";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, expectTexts, tag, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visit } from "../support/windows.ts";

const server = await useBrowserWithServer();
const ws = server.url.replace("http", "ws");
const policies = {
  "a nonce and nothing else for scripts": "script-src 'nonce-abc'",
  "the server's address for scripts": `script-src ${server.url}`,
  "a nonce with strict-dynamic": "script-src 'nonce-abc' 'strict-dynamic'",
};

for (const [name, scripts] of Object.entries(policies)) {
  browserTest(
    `a page whose policy allows ${name} and the connection shows a working chat without a violation`,
    async () => {
      const page = await visit(
        host(
          `${tag(server, 'data-topic="lobby" nonce="abc"')}${tag(server, 'data-topic="lobby" data-mode="panel" nonce="abc"')}`,
          {
            "Content-Security-Policy": `default-src 'none'; ${scripts}; connect-src ${server.url} ${ws}; require-trusted-types-for 'script'`,
          },
        ).url,
      );
      await page.evaluate(() => {
        const violations: string[] = [];
        Object.assign(window, { violations });
        document.addEventListener("securitypolicyviolation", (e) =>
          violations.push(`${e.effectiveDirective} ${e.blockedURI}`),
        );
      });
      await connected(page);
      await page.getByRole("region").getByRole("textbox", { name: "Message" }).fill(name);
      await page.keyboard.press("Tab");
      await page.getByRole("region").getByRole("button", { name: "Send" }).click();
      await until("shown", () => page.getByRole("region").getByText(name).isVisible());
      await page.getByRole("button", { name: /^Chat/ }).click();
      await page.getByRole("dialog").getByText(name).waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Change name" }).click();
      await page.getByRole("dialog").getByRole("textbox", { name: "Your name" }).waitFor();
      expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual(
        [],
      );
    },
  );
}

browserTest(
  "a policy without the connection is explained to users and, with the line to add, to the page's owner",
  async () => {
    const context = await newContext();
    const page = await context.newPage();
    const logged: string[] = [];
    page.on("console", (message) => logged.push(message.text()));
    const policy = `script-src ${server.url}; connect-src 'self'`;
    await page.goto(host(tag(server), { "Content-Security-Policy": policy }).url);
    await page.getByText("This chat isn't available right now.").first().waitFor();
    await until("the hint", () =>
      logged.some((line) => line.includes(`Add ${server.url} ${ws} to connect-src`)),
    );
  },
);

browserTest(
  "a page whose origin the server does not allow shows the reason and stops reconnecting",
  async () => {
    const own = await serve({ env: { KABAR_ALLOWED_ORIGINS: "https://allowed.example" } });
    const context = await newContext();
    const page = await context.newPage();
    const logged: string[] = [];
    page.on("console", (message) => logged.push(message.text()));
    await page.goto(host(tag(own)).url);
    await page.getByText("This chat isn't available right now.").first().waitFor();
    await until("the hint", () =>
      logged.some((line) => line.includes("origin-denied") && line.includes("allowed_origins")),
    );
    await connected(page, "denied");
  },
);

/** What a page pastes that trusts these bytes and no others: the import map and the tag. */
async function pinnedTag(change: (map: string) => string = (map) => map): Promise<string> {
  const { files, importmap } = (await (await fetch(`${server.url}/widget.json`)).json()) as {
    files: { url: string; integrity: string; immutable: boolean }[];
    importmap: { integrity: Record<string, string> };
  };
  expect(Object.keys(importmap.integrity).length).toBeGreaterThan(10);
  const { url, integrity } = files.find((f) => f.immutable && f.url.includes("/widget@")) ?? {};
  return `<script type="importmap">${change(JSON.stringify(importmap))}</script>
    <script async src="${url}" integrity="${integrity}" crossorigin="anonymous" data-topic="lobby"></script>`;
}

browserTest("a pinned script loads with the integrity hashes of all its imports", async () => {
  const page = await visit(host(await pinnedTag()).url);
  await connected(page);
  await publish(server, "pinned");
  await until("shown", () => page.getByText("pinned").first().isVisible());
  await page.locator("[part=menu-button]").waitFor();
});

browserTest("an imported file with a wrong integrity hash does not run", async () => {
  const other = `sha384-${"A".repeat(64)}`;
  const wrong = await pinnedTag((map) => map.replace(/(widget\/core-[^"]+":")[^"]+/, `$1${other}`));
  const page = await visit(host(wrong).url);
  await page.getByRole("link", { name: "Open chat in a new tab" }).waitFor();
  expect(await page.getByRole("textbox").count()).toBe(0);
});

browserTest(
  "the page's scheme, the user's scheme or the attribute chooses light or dark colours",
  async () => {
    const page = await visit(
      host(`<div style="color-scheme:dark;background:#fff">${tag(server)}</div>`).url,
      {
        colorScheme: "light",
      },
    );
    await connected(page);
    const background = () =>
      page.evaluate(() => {
        const root = document
          .querySelector("kabar-chat")
          ?.shadowRoot?.querySelector("[part=panel]") as Element;
        return getComputedStyle(root).backgroundColor;
      });
    const [light, dark] = ["rgb(255, 255, 255)", "rgb(18, 21, 28)"];
    const theme = (value: string) =>
      page.evaluate((value) => document.querySelector("kabar-chat")?.setTheme(value), value);
    expect(await background()).toBe(light);
    await theme("inherit");
    await until("the page's dark", async () => (await background()) === dark);
    await theme("light");
    await until("the attribute's light", async () => (await background()) === light);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await background()).toBe(light);
    await theme("auto");
    await until("the page's again", async () => (await background()) === light);
  },
);

browserTest("a hostile style sheet of the page changes nothing inside", async () => {
  const hostile =
    "*{box-sizing:content-box!important;letter-spacing:9px} html{font-size:10px} button{all:unset} a{display:none} [part]{opacity:0} body{font:italic 30px serif;line-height:4;text-align:right;color:red}";
  const plain = await visitChat(server, 'data-topic="lobby" style="--kabar-font:monospace"');
  const styled = await visit(host(`<style>${hostile}</style>${tag(server)}`).url);
  await write(plain, "compare");
  await expectTexts(
    plain,
    await (async () => {
      await until("both", async () => (await styled.getByText("compare").count()) > 0);
      return styled.evaluate(() =>
        [...(document.querySelector("kabar-chat")?.shadowRoot?.querySelectorAll("[part=text]") ?? [])].map(
          (e) => e.textContent ?? "",
        ),
      );
    })(),
  );
  const measure = (page: typeof plain) =>
    page.evaluate(() => {
      const root = document.querySelector("kabar-chat")?.shadowRoot;
      const of = (part: string, ...names: string[]) => {
        const style = getComputedStyle(root?.querySelector(`[part~=${part}]`) as Element);
        return names.map((name) => style.getPropertyValue(name));
      };
      return [
        of("text", "font-size", "font-style", "letter-spacing", "text-align", "color"),
        of("send", "width", "height", "opacity"),
      ];
    });
  expect(await measure(styled)).toEqual(await measure(plain));
});
