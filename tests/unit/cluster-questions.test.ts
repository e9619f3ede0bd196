/** Questions between nodes: when an answer is enough, and what a silent node costs. */
import { expect, test } from "bun:test";
import { createQuestions } from "../../src/log/cluster-questions.ts";
import { createLogger } from "../../src/logger.ts";

/** The questions of node a, which asks b and c; `replyAs` lets one of them answer what was asked last. */
function askingNode() {
  let asked = "";
  const tell = (_: string, body: unknown) => {
    asked = (body as { id: string }).id;
  };
  const questions = createQuestions(tell, () => ["b", "c"], createLogger("silent"));
  const replyAs = (node: string, value?: unknown) => questions.take("answer", { to: asked, value }, node);
  return { ...questions, replyAs };
}

/** Whether a promise has been resolved by what has happened so far: no deadline has passed. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

test("what only one node can answer waits for no other node", async () => {
  const { askFirst, replyAs } = askingNode();
  const answer = askFirst("session-frames", {});
  replyAs("c", true);
  expect(await isSettled(answer)).toBe(true);
  expect(await answer).toBe(true);
});

test("a node without an answer does not end the question", async () => {
  const { askFirst, replyAs } = askingNode();
  const answer = askFirst("session-frames", {});
  replyAs("b");
  expect(await isSettled(answer)).toBe(false);
  replyAs("c", true);
  expect(await answer).toBe(true);
});

test("a question to all waits for all, and names those that are gone", async () => {
  const { ask, lose, replyAs } = askingNode();
  const answers = ask("explain", {});
  replyAs("b", 1);
  expect(await isSettled(answers)).toBe(false);
  lose("c");
  expect(await answers).toEqual({ answers: [1], silent: [] });
});
