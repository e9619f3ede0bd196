/** The log contract for fingerprints and for entries that require others. Part of the log contract, which runs it. */
import { describe, expect, test } from "bun:test";
import { KabarError } from "../../src/errors.ts";
import type { Entry } from "../../src/log/log.ts";
import { entry, type LogFactory, openWith } from "./log-changes.ts";

/** Runs this part of the contract against an engine. */
export function testRepeatContract(engine: string, createFactory: () => LogFactory): void {
  describe(`${engine} keeps the contract of repeats:`, () => {
    const open = openWith(() => 1_700_000_000_000);
    test("a fingerprint is kept with its entry, found by its id, and dropped with its owner", async () => {
      const factory = createFactory();
      const log = await open(factory);
      await log.append({ ...entry("a", "m1"), proof: "p-1" });
      await log.append(entry("a", "m2"));
      expect(await log.append({ ...entry("a", "m1"), proof: "p-2" })).toMatchObject({
        repeated: true,
        entry: { proof: "p-1" },
      });
      await log.close();
      const again = await open(factory);
      expect((await again.find("a", "u", "m1"))?.proof).toBe("p-1");
      expect((await again.find("a", "u", "m2"))?.proof).toBeUndefined();
      await again.disown("a", "u", "nobody", ({ body }) => body);
      expect((await again.read("a", { after: 0, limit: 9 })).map(({ proof }) => proof)).toEqual([
        undefined,
        undefined,
      ]);
    });

    test("an entry that requires another is stored if its check passes, and a repeat skips the check", async () => {
      const log = await open(createFactory());
      await log.append(entry("a", "m1"));
      const requires = (offset: number) => ({
        offset,
        check: (found: Entry | undefined) => {
          if (!found) throw new KabarError("message-unknown");
        },
      });
      expect((await log.append({ ...entry("a", "m2"), requires: requires(1) })).entry.offset).toBe(2);
      expect(log.append({ ...entry("a", "m3"), requires: requires(9) })).rejects.toMatchObject({
        code: "message-unknown",
      });
      await log.trim("a", 1);
      expect(await log.append({ ...entry("a", "m2"), requires: requires(1) })).toMatchObject({
        repeated: true,
        entry: { offset: 2 },
      });
      expect((await log.state("a")).top).toBe(2);
    });
  });
}
