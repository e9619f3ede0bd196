/** Takes of cases: one desk has a case, on every node, until it gives it back or is gone. */
import { expect, test } from "bun:test";
import { createCaseTakes } from "../../src/doors/case-takes.ts";
import type { NewsListener } from "../../src/log/cluster.ts";

/** Two nodes that tell each other at once, or, while they are cut off, when they are joined again. */
function createTwo() {
  const clock = { ms: 1000 };
  const hear: NewsListener[] = [];
  const waiting: (() => void)[] = [];
  const line = { isCut: false };
  const nodes = [0, 1].map((own) =>
    createCaseTakes({
      now: () => clock.ms,
      cluster: {
        tell: (_, body) => {
          const send = () => hear[1 - own]?.(structuredClone(body), `node ${own}`);
          if (line.isCut) waiting.push(send);
          else send();
        },
        onNews: (_, listener) => void hear.push(listener),
      },
    }),
  );
  const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  const join = () => {
    line.isCut = false;
    for (const send of waiting.splice(0)) send();
  };
  return { a, b, clock, line, join };
}

test("a case that a desk has taken is its own on every node, until it gives it back", () => {
  const { a, b } = createTwo();
  expect(a.take("held lobby 1", "desk-ana", "Ana")).toEqual({ by: "Ana", own: true });
  expect(b.take("held lobby 1", "desk-budi", "Budi")).toEqual({ by: "Ana", own: false });
  expect(b.all("desk-budi")).toEqual([{ case: "held lobby 1", by: "Ana", own: false }]);
  expect(a.all("desk-ana")).toEqual([{ case: "held lobby 1", by: "Ana", own: true }]);
  b.release("held lobby 1", "desk-budi");
  expect(a.all(undefined)).toHaveLength(1);
  a.release("held lobby 1", "desk-ana");
  expect([a.all(undefined), b.all(undefined)]).toEqual([[], []]);
  expect(b.take("held lobby 1", "desk-budi", "Budi").own).toBe(true);
});

test("a take holds while its desk asks, and ends when the desk is gone", () => {
  const { a, b, clock } = createTwo();
  a.take("x t 1", "desk-ana", "Ana");
  for (let i = 0; i < 10; i++) {
    clock.ms += 30_000;
    a.renew("desk-ana");
  }
  expect(b.all(undefined)).toHaveLength(1);
  clock.ms += 120_001;
  a.renew("desk-ana");
  expect([a.all(undefined), b.all(undefined)]).toEqual([[], []]);
});

test("of two desks that take a case at once on two nodes, the first one has it on both", () => {
  const { a, b, clock, line, join } = createTwo();
  line.isCut = true;
  a.take("x t 1", "desk-ana", "Ana");
  clock.ms += 5;
  b.take("x t 1", "desk-budi", "Budi");
  join();
  for (const node of [a, b]) expect(node.all(undefined).map(({ by }) => by)).toEqual(["Ana"]);
});

test("a desk that takes everything pushes out its own takes, and memory is bounded", () => {
  const { a } = createTwo();
  a.take("x t other", "desk-ana", "Ana");
  for (let i = 0; i < 500; i++) a.take(`x t ${i}`, "desk-greedy", "Budi");
  expect(a.all("desk-ana")).toHaveLength(101);
  expect(a.all("desk-ana")[0]).toMatchObject({ by: "Ana", own: true });
});
