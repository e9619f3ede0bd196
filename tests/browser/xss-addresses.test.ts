/** Addresses with anything in them, and what the server's own pages make of them. */
import { expect } from "bun:test";
import { connect } from "node:net";
import { browserTest, useBrowserWithServer } from "../support/browser.ts";
import { CORPUS, watchfulContext } from "../support/hostile.ts";

const server = await useBrowserWithServer();
const watch = await watchfulContext((url) => url.startsWith(`${server.url}/`));

browserTest("a hostile path leads to one of the server's own pages or to none", async () => {
  const inPaths = (word: string) => {
    const escaped = encodeURIComponent(word.toWellFormed());
    return [
      `/t/${escaped}`,
      `/embed/${escaped}`,
      `/embed/lobby?theme=${escaped}`,
      `/embed/lobby?lang=${escaped}`,
      `/embed/lobby?mode=${escaped}`,
      `/t/lobby?before=${escaped}`,
      `/${escaped}`,
    ];
  };
  for (const text of CORPUS) {
    for (const path of inPaths(text)) {
      const response = await fetch(server.url + path, { redirect: "manual" });
      const body = await response.text();
      expect({
        path,
        ok: response.ok && !/^\/(?:t|embed)\/(?:constructor|toString|hasOwnProperty)|lang=/.test(path),
      }).toEqual({ path, ok: false });
      const type = response.headers.get("content-type") ?? "";
      if (/[<"]/.test(text))
        expect({ path, isIn: body.includes(text) && !type.includes("json") }).toEqual({ path, isIn: false });
      if (type.includes("html"))
        expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  }
  for (const path of [CORPUS[0], CORPUS[4], CORPUS[40]].flatMap((text) => inPaths(text ?? ""))) {
    const opened = await watch.context.newPage();
    await opened.goto(server.url + path);
    expect(await watch.harm()).toEqual([]);
    await opened.close();
  }
});

/** What the server answers to a request that no client library would send. */
const rawGet = (head: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(server.port, "127.0.0.1", () =>
      socket.write(`${head}\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (bytes) => (answer += bytes.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });

browserTest("the demo page shows the requested address as text", async () => {
  for (const name of [
    'x"onload="hit(1)',
    "<script>hit(1)</script>",
    "$`",
    "$'",
    "$&",
    "a'b",
    "x{{version}}",
  ]) {
    const body = await rawGet(`GET / HTTP/1.1\r\nHost: ${name}`);
    expect(body.split("<body>").length).toBeLessThanOrEqual(2);
    expect(body).not.toMatch(/hit\(1\)(?!&)/);
    if (/ 200 /.test(body.slice(0, 20))) expect(body.split("<script").length).toBe(3);
  }
});
