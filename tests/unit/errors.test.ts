import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  asKabarError,
  ERRORS,
  KabarError,
  toErrorEvent,
  toErrorResponse,
  toPlainLine,
} from "../../src/errors.ts";

test("an error is the same row at every door", async () => {
  const error = new KabarError("rate-limited", undefined, 1500);
  expect(toErrorEvent(error, 7)).toEqual({
    type: "error",
    id: 7,
    code: "rate-limited",
    message: "Too fast. Wait a moment.",
    retry: true,
    retryAfterMs: 1500,
  });
  const response = toErrorResponse(error);
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("2");
  expect(await response.json()).toEqual({
    error: { code: "rate-limited", message: "Too fast. Wait a moment.", retry: true, retryAfterMs: 1500 },
  });
  expect(toPlainLine(error)).toBe("! Too fast. Wait a moment.");
});

test("any other error is reported as an internal error without its details", () => {
  const bugs: unknown[] = [];
  const bug = new TypeError("secret detail");
  expect(asKabarError(bug, (error) => bugs.push(error))).toMatchObject({ code: "internal" });
  expect(asKabarError(bug, () => {}).message).not.toContain("secret");
  expect(bugs).toEqual([bug]);
});

test("PROTOCOL.md lists every error with its status and whether a retry helps", async () => {
  const text = await Bun.file(join(import.meta.dir, "../../docs/PROTOCOL.md")).text();
  const table = text.slice(text.indexOf("<!-- errors:"));
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| (\d+) \| (yes|no) \|/gm)];
  const documented = rows.map(([, code, status, retry]) => `${code} ${status} ${retry}`).sort();
  const actual = Object.entries(ERRORS).map(
    ([code, row]) => `${code} ${row.status} ${row.retry ? "yes" : "no"}`,
  );
  expect(documented).toEqual(actual.sort());
});
