/**
 * Texts that a reader may not see are not found: directly after the act that hides them, at another node, and after a node was killed
 * right after the act. Over both engines.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { openModerator, signToken, TOKEN_SECRET } from "../support/people.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS * 2);

const postgres = postgresBin ? await startPostgres() : undefined;

/** Who searches, and finds a text or does not. */
type Reader = "guest" | "other" | "author" | "moderator" | "operator";
const EVERYBODY: Reader[] = ["guest", "other", "author", "moderator", "operator"];

for (const engine of ["SQLite", "PostgreSQL"] as const)
  describe.skipIf(engine === "PostgreSQL" && !postgres)(`Hidden texts over ${engine}`, () => {
    /** The node at which people act, and the one at which they search: over SQLite it is the same. */
    let acting: RunningKabar;
    let searching: RunningKabar;
    let bearers: Record<Reader, string | undefined>;
    beforeAll(async () => {
      const log: Record<string, string> =
        engine === "PostgreSQL" && postgres
          ? {
              KABAR_LOG: await postgres.createDatabase(),
              KABAR_GUEST_SECRET: "the-same-secret-on-every-node",
            }
          : {};
      const env = { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "lobby help held s-*", ...log };
      acting = await startKabar({ env });
      searching = engine === "PostgreSQL" ? await startKabar({ env }) : acting;
      bearers = {
        guest: undefined,
        other: await signToken("other", { name: "Other" }),
        author: await signToken("ana", { name: "Ana" }),
        moderator: await signToken("mod", { role: "moderator" }),
        operator: OPERATOR_KEY,
      };
    });
    afterAll(async () => {
      await acting.stop();
      if (searching !== acting) await searching.stop();
    });

    async function search(node: RunningKabar, reader: Reader, q: string): Promise<number> {
      const bearer = bearers[reader];
      const path = reader === "operator" ? "admin/search" : "search";
      const answer = await fetch(`${node.url}/api/${path}?${new URLSearchParams({ q })}`, {
        headers: bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` },
      });
      const { messages } = (await answer.json()) as { messages: { text: string }[] };
      for (const { text } of messages) expect(text).toContain(q);
      return messages.length;
    }
    /** Those who find a word, at a node. */
    async function findersAt(node: RunningKabar, q: string): Promise<Reader[]> {
      const found = await Promise.all(EVERYBODY.map((reader) => search(node, reader, q)));
      return EVERYBODY.filter((_, i) => (found[i] ?? 0) > 0);
    }
    /** Those who may find a word do, once the node has received it; nobody else at any time. */
    async function expectFinders(node: RunningKabar, word: string, finders: Reader[]): Promise<void> {
      await until(`${finders.join(" ") || "nobody"} to find ${word}`, async () => {
        const found = await findersAt(node, word);
        expect(found.filter((reader) => !finders.includes(reader))).toEqual([]);
        return found.length === finders.length;
      });
    }
    const admin = (method: string, path: string, body?: object) =>
      fetch(`${acting.url}/api/admin/${path}`, {
        method,
        headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const open = async () => ({
      ana: await Client.open(acting.url, { token: bearers.author }),
      mod: await openModerator(acting.url),
    });
    /** Publishes a text, which everybody finds. Returns its offset. */
    async function publish(client: Client, topic: string, text: string): Promise<number> {
      const { offset } = (await client.publish(topic, text)) as unknown as { offset: number };
      await expectFinders(searching, text, EVERYBODY);
      return offset;
    }

    /** The acts, each of which resolves when it is acknowledged. Returns who finds the word then. */
    const acts: Record<string, (word: string) => Promise<Reader[]>> = {
      async edited(word) {
        const { ana } = await open();
        const target = await publish(ana, "lobby", word);
        const fields = { topic: "lobby", messageId: `e-${word}`, target, text: "something else" };
        expect(await ana.ask("edit", fields)).toMatchObject({ type: "ok" });
        return [];
      },
      async "removed by the author"(word) {
        const { ana } = await open();
        const target = await publish(ana, "lobby", word);
        const fields = { topic: "lobby", messageId: `r-${word}`, target };
        expect(await ana.ask("remove", fields)).toMatchObject({ type: "ok" });
        return [];
      },
      async "removed by a moderator"(word) {
        const { ana, mod } = await open();
        const target = await publish(ana, "lobby", word);
        const act = { topic: "lobby", action: "remove", target };
        expect(await mod.ask("moderate", act)).toMatchObject({ type: "ok" });
        return [];
      },
      async cleared(word) {
        const { ana, mod } = await open();
        await publish(ana, "s-clear", word);
        expect(await mod.ask("moderate", { topic: "s-clear", action: "clear" })).toMatchObject({
          type: "ok",
        });
        return [];
      },
      async held(word) {
        const { ana, mod } = await open();
        await mod.ask("moderate", { topic: "held", action: "words", words: { hold: [word] } });
        await ana.publish("held", `${word} waits`);
        return [];
      },
      async rejected(word) {
        const { ana, mod } = await open();
        await mod.ask("moderate", { topic: "held", action: "words", words: { hold: [word] } });
        await ana.publish("held", `${word} waits`, `h-${word}`);
        const act = { topic: "held", action: "reject", user: "u:ana", messageId: `h-${word}` };
        expect(await mod.ask("moderate", act)).toMatchObject({ type: "ok" });
        return [];
      },
      async shadowed(word) {
        const { ana, mod } = await open();
        const shadow = (on: boolean) =>
          mod.ask("moderate", { topic: "help", action: "shadow", user: "u:ana", on });
        await shadow(true);
        await ana.publish("help", word);
        await shadow(false);
        return ["author", "moderator", "operator"];
      },
      async erased(word) {
        const gone = await Client.open(acting.url, { token: await signToken(word, { name: "Gone" }) });
        await publish(gone, "lobby", word);
        expect((await admin("DELETE", `users/u:${word}`, { why: "asked" })).status).toBe(200);
        return [];
      },
    };

    for (const [name, act] of Object.entries(acts)) {
      const word = `${name.replaceAll(" ", "")}quokka`;
      test(`${name}: found by those who may see it, directly after the act`, async () => {
        const finders = await act(word);
        await expectFinders(searching, word, finders);
        await expectFinders(acting, word, finders);
      });

      test(`${name}: found by no others when the node is killed right after the act, and when it is back`, async () => {
        const finders = await act(`late${word}`);
        await acting.kill();
        if (searching !== acting) await expectFinders(searching, `late${word}`, finders);
        await acting.restart();
        await expectFinders(acting, `late${word}`, finders);
      });
    }
  });
