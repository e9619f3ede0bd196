/** The log contract for authors: who is found by a part of the id or name, and that authors are gone with their last message. */
import { describe, expect, test } from "bun:test";
import { encodeBody } from "../../src/log/message-body.ts";
import type { AuthorQuery, MessageLog } from "../../src/log/log.ts";
import { fold } from "../../src/log/search-text.ts";
import { until } from "../support/until.ts";
import { type LogFactory, openWith } from "./log-changes.ts";

/** The authors that a text finds, sorted, as `topic/user name`. */
export async function findNames(
  log: MessageLog,
  text: string,
  asked: Partial<AuthorQuery> = {},
): Promise<string[]> {
  const { entries } = await log.findAuthors({ text: fold(text), limit: 50, ...asked });
  return entries.map(({ topic, userId, body }) => `${topic}/${userId} ${JSON.parse(body).user.name}`).sort();
}

const bodyOf = (id: string, name: string, more: object = {}): string =>
  encodeBody({ user: { id, name, role: "guest" }, text: "hello", ...more });

/** Runs this part of the contract against an engine. */
export function testAuthorContract(engine: string, createFactory: () => LogFactory): void {
  describe(`${engine} keeps the contract of authors:`, () => {
    let now = 1_700_000_000_000;
    const open = openWith(() => (now += 1000));
    const append = (log: MessageLog, topic: string, userId: string, name: string, more: object = {}) =>
      log.append({ topic, userId, id: crypto.randomUUID(), body: bodyOf(userId, name, more) });

    test("authors are found by a part of the id or name, whatever its case and accents, once a topic", async () => {
      const log = await open(createFactory());
      await append(log, "a", "g-1", "Zoë Müller");
      await append(log, "a", "g-1", "Zoë Müller");
      await append(log, "b", "g-1", "Zoë Müller");
      await append(log, "a", "u:ana", "Ana");
      await append(log, "b", "g-2", "50%_\\ off");
      await append(log, "$control", "u:ana", "Ana");
      for (const [text, found] of [
        ["zoe mul", ["a/g-1 Zoë Müller", "b/g-1 Zoë Müller"]],
        ["ÜLL", ["a/g-1 Zoë Müller", "b/g-1 Zoë Müller"]],
        ["U:AN", ["a/u:ana Ana"]],
        ["%_\\", ["b/g-2 50%_\\ off"]],
        ["g-", ["a/g-1 Zoë Müller", "b/g-1 Zoë Müller", "b/g-2 50%_\\ off"]],
        ["bob", []],
      ] as const)
        expect([text, await findNames(log, text)]).toEqual([text, [...found]]);
      expect(await findNames(log, "g-", { topics: ["b", "absent"] })).toHaveLength(2);
      expect(await findNames(log, "g-", { topics: [] })).toEqual([]);
      const { entries, more } = await log.findAuthors({ text: "", limit: 3 });
      expect([entries.length, more]).toEqual([3, true]);
    });

    test("an author has the newest name, and is gone with the last message or an erasure", async () => {
      const log = await open(createFactory());
      await append(log, "a", "g-1", "Old name");
      await append(log, "a", "g-2", "Bob");
      await append(log, "a", "g-1", "New name");
      // Reactions and edits name nobody anew.
      await append(log, "a", "g-3", "Reacts only", { kind: "react" });
      expect(await findNames(log, "")).toEqual(["a/g-1 New name", "a/g-2 Bob"]);
      expect(await findNames(log, "old")).toEqual([]);
      await append(log, "a", "g-4", "Late");
      await log.trim("a", 2);
      expect(await findNames(log, "")).toEqual(["a/g-1 New name", "a/g-4 Late"]);
      await log.disown("a", "g-1", "erased", () => bodyOf("erased", "Erased"));
      expect(await findNames(log, "g-1")).toEqual([]);
      expect(await findNames(log, "name")).toEqual([]);
      await append(log, "a", "g-1", "Back again");
      expect(await findNames(log, "g-1")).toEqual(["a/g-1 Back again"]);
      await log.trim("a", 100);
      expect(await findNames(log, "")).toEqual([]);
      await log.drop(["a"]);
      await append(log, "a", "g-1", "In a new topic");
      expect(await findNames(log, "")).toEqual(["a/g-1 In a new topic"]);
    });

    test("authors of a removed message are found, and those of a reopened log", async () => {
      const factory = createFactory();
      const before = await open(factory);
      await append(before, "a", "g-1", "Spammer");
      await before.append({
        topic: "a",
        userId: "u:mod",
        id: "r",
        body: bodyOf("u:mod", "Mod", { kind: "remove", target: 1 }),
        amends: { offset: 1, rewrite: () => bodyOf("g-1", "Spammer", { text: "", removed: "moderator" }) },
      });
      expect(await findNames(before, "spam")).toEqual(["a/g-1 Spammer"]);
      await append(before, "a", "g-2", "Stored before");
      await before.close();
      const log = await open(factory);
      await until("both", async () => (await findNames(log, "g-")).length === 2);
    });
  });
}
