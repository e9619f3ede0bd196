import { expect, test } from "bun:test";
import { avatarUrl } from "../../widget/extras/header/subtitle.tsx";

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
    expect([address, avatarUrl(address, page)]).toEqual([address, url]);
  expect(avatarUrl(null, page)).toBeUndefined();
  // A page from a file, or in a frame without an origin, has no server of its own.
  for (const alone of ["file:///tmp/x.html", "about:srcdoc"])
    expect(avatarUrl("data:image/png;base64,AAAA", alone)).toBeUndefined();
});
