/** Messages whose end comes: all leave the log, and the event loop goes on while many end at once. */
import { afterEach, expect, test } from "bun:test";
import type { MessageLog } from "../../src/log/log.ts";
import { decodeBody } from "../../src/log/message-body.ts";
import { createTestChat } from "../support/chat.ts";
import { createFolder } from "../support/folder.ts";
import { until } from "../support/until.ts";

const root = createFolder();
let opened: MessageLog | undefined;
afterEach(() => opened?.close());

/** As many as may wait for their end in one topic. */
const MESSAGES = 5000;
/** Removals in one turn of the event loop, a tenth of all: counted, because a loaded machine lengthens every turn. */
const MOST_IN_A_TURN = 500;

test("thousands of messages that end in the same moment are all removed, and let the event loop turn meanwhile", async () => {
  let now = 1_700_000_000_000;
  const { log, expiry } = await createTestChat(root, { now: () => now });
  opened = log;
  const user = { id: "u:ana", name: "Ana", role: "user" };
  const stored = await Promise.all(
    Array.from({ length: MESSAGES }, (_, i) =>
      log.append({
        topic: "lobby",
        userId: user.id,
        id: `m${i}`,
        body: JSON.stringify({ user, text: `t${i}` }),
      }),
    ),
  );
  await Promise.all(stored.map(({ entry }) => expiry.note("lobby", entry.offset, now + 1000)));
  now += 2000;

  let inTurn = 0;
  let mostInTurn = 0;
  let isWatching = true;
  log.tail((entries) => {
    inTurn += entries.filter(({ topic }) => topic === "lobby").length;
    mostInTurn = Math.max(mostInTurn, inTurn);
  });
  const turn = (): void => {
    inTurn = 0;
    if (isWatching) setImmediate(turn);
  };
  turn();
  expiry.start();
  await until("all removals", async () => (await log.state("lobby")).top === 2 * MESSAGES);
  isWatching = false;
  expiry.stop();
  for (const offset of [1, MESSAGES]) {
    const [entry] = await log.read("lobby", { after: offset - 1, limit: 1 });
    expect(decodeBody(entry?.body ?? "{}")).toMatchObject({ removed: expect.anything() });
  }
  expect(mostInTurn).toBeLessThanOrEqual(MOST_IN_A_TURN);
}, 60_000);
