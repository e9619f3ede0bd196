/**
 * Rolling deploys: a server of the version before the newest migration of the PostgreSQL schema, from the history of the
 * repository, and this version beside it on one database.
 */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Message } from "../../src/model.ts";
import { Client } from "../support/client.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";
import { unpackVersionBefore } from "../support/version-before.ts";

setDefaultTimeout(SLOW_MS * 2);

const EACH = 20;

if (!postgresBin)
  testWith("PostgreSQL", false, "Debian: postgresql")("servers of two versions", async () => undefined);
const before = postgresBin ? await unpackVersionBefore() : undefined;
// No program to install: an archive of the sources has no history.
if (postgresBin && !before)
  console.warn("SKIPPED, the history of the repository is missing: servers of two versions");

describe.skipIf(!before)("a server of the schema before, and a new one that migrates under it,", async () => {
  const postgres = before ? await startPostgres() : undefined;
  let running: RunningKabar[] = [];

  /** The old server's database, with messages; a reader at it. */
  async function startOld() {
    if (!postgres || !before) throw new Error("no PostgreSQL");
    const url = await postgres.createDatabase();
    const env = { KABAR_LOG: url, KABAR_GUEST_SECRET: "the-same-secret-on-every-node" };
    const schema = async (): Promise<number | undefined> =>
      (await postgres.query<{ schema: number }>("SELECT schema FROM kabar_log", url))[0]?.schema;
    const old = await startKabar({ env, program: before.program });
    running.push(old);
    expect(await schema()).toBe(before.schema);
    const startNew = async (): Promise<RunningKabar> => {
      const node = await startKabar({ env });
      running.push(node);
      expect(await schema()).toBe(before.newerSchema);
      return node;
    };
    return { old, startNew, before };
  }
  /** A member of the topic, who receives its messages. */
  async function join(node: RunningKabar, name: string): Promise<Client> {
    const client = await Client.open(node.url, { name });
    expect(await client.ask("subscribe", { topic: "lobby" })).toMatchObject({ type: "ok" });
    return client;
  }
  const found = async (node: RunningKabar, q: string): Promise<string[]> => {
    const answer = await fetch(`${node.url}/api/search?${new URLSearchParams({ q, topic: "lobby" })}`);
    const { messages } = (await answer.json()) as { messages: Message[] };
    return messages.map(({ text }) => text);
  };
  afterEach(async () => {
    await Promise.all(running.map((node) => node.stop()));
    running = [];
  });

  test("hand out each other's messages once and in one order, to readers of both", async () => {
    const { old, startNew } = await startOld();
    const atOld = await join(old, "Olga");
    for (let i = 0; i < EACH; i++) await atOld.publish("lobby", `early ${i}`);
    const node = await startNew();
    const atNew = await join(node, "Nora");
    const publishAll = async (client: Client, word: string): Promise<void> => {
      for (let i = 0; i < EACH; i++)
        expect(await client.publish("lobby", `${word} ${i}`)).toMatchObject({ type: "ok" });
    };
    await Promise.all([publishAll(atOld, "old"), publishAll(atNew, "new")]);
    const [seenByOld, seenByNew] = await Promise.all([atOld.messages(3 * EACH), atNew.messages(2 * EACH)]);
    const offsets = seenByOld.map(({ offset }) => offset);
    expect(offsets).toEqual(Array.from({ length: 3 * EACH }, (_, i) => i + 1));
    const texts = (messages: Message[]): string[] => messages.map(({ text }) => text);
    expect(texts(seenByNew)).toEqual(texts(seenByOld).slice(EACH));
    for (const word of ["early", "old", "new"])
      expect(texts(seenByOld).filter((text) => text.startsWith(word))).toEqual(
        Array.from({ length: EACH }, (_, i) => `${word} ${i}`),
      );
  });

  test("find and forget what the other one stores, edits and removes", async () => {
    const { old, startNew } = await startOld();
    const atOld = await join(old, "Olga");
    await atOld.publish("lobby", "lighthouse before");
    const node = await startNew();
    await atOld.publish("lobby", "lighthouse after");
    await until("the search to know the messages of both times", async () => {
      const texts = await found(node, "lighthouse");
      return texts.join() === "lighthouse after,lighthouse before";
    });
    expect(
      await atOld.ask("edit", { topic: "lobby", messageId: "e", target: 1, text: "windmill" }),
    ).toMatchObject({ type: "ok" });
    expect(await atOld.ask("remove", { topic: "lobby", messageId: "r", target: 2 })).toMatchObject({
      type: "ok",
    });
    await until("the search to know the edit", async () => (await found(node, "windmill")).length === 1);
    expect(await found(node, "lighthouse")).toEqual([]);
  });

  test("part in one line: the old one serves until its end, and is refused at its next start", async () => {
    const { old, startNew, before: version } = await startOld();
    const atOld = await join(old, "Olga");
    const node = await startNew();
    expect(await atOld.publish("lobby", "still here")).toMatchObject({ type: "ok" });
    await expect(old.restart()).rejects.toThrow("ended with code");
    expect(old.output()).toBe(
      `kabar: The database is from a newer Kabar (schema ${version.newerSchema}); this one knows ${version.schema}.\n`,
    );
    const atNew = await Client.open(node.url, { name: "Nora" });
    expect(await atNew.publish("lobby", "going on")).toMatchObject({ type: "ok", offset: 2 });
  });
});
