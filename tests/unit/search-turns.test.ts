/** Turns of searches: those that are soon done go first, and too many are refused by a sentence that names the limit. */
import { expect, test } from "bun:test";
import { createSearchLimit, createTurns, MAX_SEARCHES } from "../../src/log/search-turns.ts";

test("first parts go before further ones, so many at a time, whether or not one fails", async () => {
  const inTurn = createTurns(2);
  const done: string[] = [];
  let running = 0;
  const part = (name: string) => async () => {
    running += 1;
    expect(running).toBeLessThanOrEqual(2);
    await Promise.resolve();
    running -= 1;
    done.push(name);
    if (name.startsWith("bad")) throw new Error(name);
  };
  const all = ["a", "b", "further c", "bad further d", "e", "further f", "g"].map((name) =>
    inTurn(!name.includes("further"), part(name)).catch(() => undefined),
  );
  await Promise.all(all);
  expect(done).toEqual(["a", "b", "e", "g", "further c", "bad further d", "further f"]);
  await inTurn(true, part("later"));
  expect(done.at(-1)).toBe("later");
});

test("more searches than run at once are refused, until one ends", async () => {
  const limited = createSearchLimit();
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const all = Array.from({ length: MAX_SEARCHES }, () => limited(() => ended));
  await expect(limited(async () => 1)).rejects.toThrow(`runs ${MAX_SEARCHES} searches at once`);
  end();
  await Promise.all(all);
  expect(await limited(async () => 2)).toBe(2);
});
