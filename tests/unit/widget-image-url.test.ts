import { expect, test } from "bun:test";
import type { Message, User } from "../../src/model.ts";
import { imageUrl } from "../../widget/extras/image-url.ts";
import { pictureOf } from "../../widget/extras/message/structured.tsx";

test("an avatar comes from https or from the page's own server, and from nowhere else", () => {
  const page = "http://shop.example:8080/help/index.html";
  const urls: Record<string, string | undefined> = {
    "https://cdn.example/a.png": "https://cdn.example/a.png",
    "//cdn.example/a.png": undefined,
    "/logo.svg": "http://shop.example:8080/logo.svg",
    "../logo.svg": "http://shop.example:8080/logo.svg",
    "http://shop.example/logo.svg": undefined,
    "http://other.example/logo.svg": undefined,
    "javascript:alert(1)": undefined,
    "data:image/svg+xml,<svg/>": undefined,
    "blob:http://shop.example:8080/1": "blob:http://shop.example:8080/1",
    "https://": undefined,
    "": undefined,
  };
  for (const [address, url] of Object.entries(urls))
    expect([address, imageUrl(address, page)]).toEqual([address, url]);
  expect(imageUrl(null, page)).toBeUndefined();
  // A page from a file, or in a frame without an origin, has no server of its own.
  for (const alone of ["file:///tmp/x.html", "about:srcdoc"])
    expect(imageUrl("data:image/png;base64,AAAA", alone)).toBeUndefined();
});

test("a picture of a message comes from the page's or the chat's server, from elsewhere only when staff chose it", () => {
  const page = "https://shop.example/";
  const by = (role: User["role"], icon: string) => {
    const message: Message = {
      topic: "t",
      offset: 1,
      id: "1",
      user: { id: "u", name: "U", role },
      text: "x",
      at: 1,
      icon,
    };
    return pictureOf(message, page, "http://chat.example:8080");
  };
  const far = "https://cdn.example/a.png";
  for (const role of ["operator", "service", "moderator"] as const) expect(by(role, far)).toBe(far);
  for (const role of ["guest", "user"] as const) {
    expect(by(role, far)).toBeUndefined();
    expect(by(role, "https://shop.example/a.png")).toBe("https://shop.example/a.png");
    expect(by(role, "https://chat.example:8080/a.png")).toBeUndefined();
  }
  expect(by("operator", "javascript:alert(1)")).toBeUndefined();
  expect(by("operator", "\u{1f680}")).toBeUndefined();
});
