/** The audit's judgement: what it must call broken, and what it must not. No server, no socket. */
import { expect, test } from "bun:test";
import type { Gap, Message } from "../../src/model.ts";
import { type Clause, createFindings } from "../audit/findings.ts";
import { createGrowingBook } from "../audit/growing-book.ts";
import { createLedger } from "../audit/ledger.ts";
import { createPlainStream } from "../audit/plain-stream.ts";
import { createRandom } from "../audit/random.ts";
import { reportLines } from "../audit/report.ts";
import { createStream } from "../audit/stream.ts";
import { readText, writeText } from "../audit/texts.ts";

const random = createRandom(1);
const texts = new Map<number, string>();

/** Message number `number` of publisher p, at an offset of the topic t. */
function message(offset: number, number = offset): Message {
  const text = texts.get(number) ?? writeText("p", number, 20, random);
  texts.set(number, text);
  return {
    topic: "t",
    offset,
    id: `p-${number}`,
    user: { id: "u", name: "P", role: "guest" },
    text,
    at: 1000 + offset,
  };
}
const sighting = (offset: number, number = offset) => ({ ...message(offset, number), user: "u" });
const cursor = (offset: number) => ({ epoch: "e", offset, tag: offset === 0 ? "" : "x" });

/** A ledger of a topic that keeps `keeps` messages, and a reader of it. */
function begin(keeps?: number) {
  const findings = createFindings();
  const ledger = createLedger(findings, new Map(keeps === undefined ? [] : [["t", keeps]]));
  const stream = createStream(ledger, findings, "r", "t");
  const history = (from: number, to: number, first = 1) => {
    const messages = Array.from({ length: to - from + 1 }, (_, i) => sighting(from + i));
    ledger.stored("t", { first, top: to, messages });
    ledger.checkpoint("t", to);
  };
  /** The reply of a subscription that begins at `offset`. */
  const reply = (offset: number, top: number, gap?: Gap, first = 1) =>
    stream.replied({
      cursor: cursor(offset),
      first,
      top,
      recovered: gap === undefined,
      ...(gap ? { gap } : {}),
    });
  const broken = () =>
    (
      ["one-entry", "contiguous", "acked", "stored-first", "one-offset", "handed", "fork", "gaps"] as Clause[]
    ).filter((clause) => findings.broken(clause).times > 0);
  return { findings, ledger, stream, history, reply, broken };
}
const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));

test("a text carries its message's id, and damage is detected", () => {
  const text = writeText("p", 7, 300, random);
  expect(readText(text)).toEqual({ publisher: "p", number: 7 });
  expect(readText(text.replace("=", "-"))).toBeUndefined();
  expect(readText("Selamat pagi")).toBeUndefined();
});

test("the same seed and name give the same random numbers, another name others", () => {
  const draw = (name: string) => Array.from({ length: 3 }, createRandom(5).fork(name).next);
  expect(draw("a")).toEqual(draw("a"));
  expect(draw("a")).not.toEqual(draw("b"));
});

test("a kept promise has no findings", () => {
  const { ledger, stream, history, reply, findings, broken } = begin();
  stream.begin(0, undefined);
  reply(0, 0);
  stream.messages(run(1, 3));
  for (const offset of [1, 2, 3]) ledger.acked("t", 0, sighting(offset), false);
  stream.hold(cursor(3));
  history(1, 4);
  stream.begin(0, stream.held);
  reply(3, 4);
  stream.messages(run(4, 4));
  stream.finish(4);
  stream.settle();
  expect(broken()).toEqual([]);
  expect(findings.isClean()).toBe(true);
  expect(findings.count("acks found stored")).toBe(3);
});

test("an offset that names two messages is found", () => {
  const { ledger, broken } = begin();
  ledger.handed("t", 0, sighting(1, 1));
  ledger.handed("t", 0, sighting(1, 2));
  expect(broken()).toContain("one-entry");
});

test("a text that is not the id's is found", () => {
  const { ledger, broken } = begin();
  ledger.handed("t", 0, { ...sighting(1, 1), text: sighting(2).text });
  expect(broken()).toEqual(["one-entry"]);
});

test("a hole in the history is found", () => {
  const { ledger, broken } = begin();
  ledger.stored("t", { first: 1, top: 3, messages: [sighting(1), sighting(3)] });
  expect(broken()).toEqual(["contiguous"]);
});

test("a history that ends below its top is found", () => {
  const { ledger, broken } = begin();
  ledger.stored("t", { first: 1, top: 3, messages: [sighting(1)] });
  ledger.checkpoint("t", 3);
  expect(broken()).toEqual(["contiguous"]);
});

test("an acknowledged message that the history lacks is found, unless retention took it", () => {
  const lost = begin();
  lost.ledger.acked("t", 0, sighting(2), false);
  lost.history(1, 1);
  expect(lost.broken()).toEqual(["acked"]);

  const trimmed = begin(1);
  trimmed.ledger.acked("t", 0, sighting(1), false);
  trimmed.history(2, 2, 2);
  expect(trimmed.broken()).toEqual([]);
});

test("a shown message that the history lacks was shown before it was stored", () => {
  const { ledger, history, broken, findings } = begin();
  ledger.handed("t", 0, sighting(2));
  history(1, 1);
  expect(broken()).toEqual(["stored-first"]);
  expect(findings.wrong().lost).toBe(0);
});

test("a message that is stored twice is found, unless retention had made room for it", () => {
  const doubled = begin();
  doubled.ledger.handed("t", 0, sighting(1, 1));
  doubled.ledger.handed("t", 0, sighting(5, 1));
  expect(doubled.broken()).toEqual(["one-offset"]);

  const retained = begin(4);
  retained.ledger.handed("t", 0, sighting(1, 1));
  retained.ledger.handed("t", 0, sighting(5, 1));
  expect(retained.broken()).toEqual([]);
});

test("lost, doubled and reordered deliveries are told apart", () => {
  const { stream, reply, findings } = begin();
  stream.begin(0, undefined);
  reply(0, 0);
  stream.messages([message(1), message(3), message(2), message(3), message(6)]);
  expect(findings.wrong()).toEqual({ lost: 3, doubled: 1, reordered: 1, unsaid: 0 });
});

test("a reader who ends below the newest offset has lost the rest", () => {
  const { stream, reply, findings } = begin();
  stream.begin(0, undefined);
  reply(0, 0);
  stream.messages(run(1, 2));
  stream.finish(5);
  expect(findings.wrong().lost).toBe(3);
});

test("a gap by retention is right when it begins at the reader's cursor and ends below the oldest entry", () => {
  const { ledger, stream, reply, broken } = begin(3);
  stream.begin(0, { cursor: cursor(2), era: 0 });
  reply(6, 9, { from: 3, to: 6, reason: "trimmed" }, 7);
  stream.messages(run(7, 9));
  ledger.stored("t", { first: 7, top: 9, messages: run(7, 9).map((m) => ({ ...m, user: "u" })) });
  stream.settle();
  expect(broken()).toEqual([]);
});

test("a gap that is too wide, too narrow, or covers retained entries is found", () => {
  const elsewhere = begin(3);
  elsewhere.stream.begin(0, { cursor: cursor(2), era: 0 });
  elsewhere.reply(6, 9, { from: 4, to: 6, reason: "trimmed" }, 7);
  expect(elsewhere.broken()).toEqual(["gaps"]);

  const retained = begin(3);
  retained.stream.begin(0, { cursor: cursor(2), era: 0 });
  retained.reply(6, 9, { from: 3, to: 6, reason: "trimmed" }, 7);
  retained.history(5, 9, 5);
  retained.stream.settle();
  expect(retained.broken()).toEqual(["gaps"]);
});

test("after a restore a cursor beyond the backup must yield a gap, and one within it must not", () => {
  const { ledger, stream, history, reply, broken, findings } = begin();
  stream.begin(0, undefined);
  reply(0, 0);
  stream.messages(run(1, 5));
  ledger.acked("t", 0, sighting(5), false);
  history(1, 5);
  ledger.restore(new Map([["t", 3]]));
  expect(findings.count("acks the restores took back")).toBe(1);

  stream.begin(1, { cursor: cursor(5), era: 0 });
  reply(3, 3, { from: 1, to: 3, reason: "tag" });
  stream.messages([message(4, 14)]);
  stream.begin(1, { cursor: cursor(3), era: 0 });
  reply(3, 4);
  stream.messages([message(4, 14)]);
  expect(broken()).toEqual([]);

  stream.begin(1, { cursor: cursor(3), era: 0 });
  reply(4, 4, { from: 1, to: 4, reason: "tag" });
  expect(broken()).toEqual(["gaps"]);
});

test("a resume across a restore without a gap is a silent fork", () => {
  const { ledger, stream, history, reply, broken } = begin();
  stream.begin(0, undefined);
  reply(0, 0);
  stream.messages(run(1, 5));
  history(1, 5);
  ledger.restore(new Map([["t", 3]]));
  ledger.handed("t", 1, sighting(4, 14));
  stream.begin(1, { cursor: cursor(4), era: 0 });
  reply(4, 4);
  expect(broken()).toEqual(["fork"]);
});

test("an event stream that goes on across a restore without a gap is a silent fork", () => {
  const { ledger, stream, broken } = begin();
  stream.begin(0, undefined);
  stream.messages(run(1, 5));
  ledger.restore(new Map([["t", 3]]));
  stream.begin(1, { cursor: cursor(5), era: 0 });
  stream.messages([message(6, 16)]);
  expect(broken()).toEqual(["fork"]);
});

test("lines of plain mode must be consecutive offsets once those are known", () => {
  const { ledger, findings, history } = begin();
  const whole = createPlainStream(ledger, findings, "l", "t");
  for (const { text } of run(2, 4)) whole.line(`P: ${text}`);
  whole.line("! The server is restarting. Connect again in a moment.");
  const holed = createPlainStream(ledger, findings, "l", "t");
  for (const offset of [1, 3]) holed.line(`P: ${message(offset).text}`);
  history(1, 4);
  whole.settle();
  whole.finish(4);
  expect(findings.isClean()).toBe(true);
  holed.settle();
  expect(findings.broken("handed").times).toBe(1);
});

test("the report has one line a clause, with each broken clause and its reason", () => {
  const { ledger, findings } = begin();
  ledger.handed("t", 0, sighting(1, 1));
  ledger.handed("t", 0, sighting(2, 1));
  const lines = reportLines(findings);
  expect(lines.filter((line) => line.startsWith("kept  "))).toHaveLength(9);
  expect(lines.find((line) => line.startsWith("BROKEN  one id, one offset"))).toContain("1 times");
  expect(lines.at(-1)).toContain("BROKEN: lost 0, doubled 1, reordered 0, unsaid 0");
});

test("a stream that says a later position without messages or a gap is caught", () => {
  const { stream, broken, findings } = begin();
  stream.stands(cursor(3));
  stream.messages(run(4, 6));
  stream.stands(cursor(6));
  expect(broken()).toEqual([]);
  stream.stands(cursor(9));
  expect(broken()).toEqual(["gaps"]);
  expect(findings.wrong().unsaid).toBe(1);
});

test("a line of plain mode whose first place nobody else saw, and that retention let be stored again, is no loss", () => {
  const { ledger, findings, history } = begin(3);
  const plain = createPlainStream(ledger, findings, "r", "t");
  history(1, 3);
  for (const { text } of [...run(1, 3), message(4)]) plain.line(`p: ${text}`);
  // Offset 4 was trimmed before anybody saw it; the same message is stored again at 10.
  ledger.stored("t", { first: 10, top: 10, messages: [sighting(10, 4)] });
  plain.settle();
  expect(findings.broken("handed").times).toBe(0);
});

test("a connection in plain mode may begin with the second place of a message that retention let be stored again", () => {
  const { ledger, findings, history } = begin(3);
  history(1, 3);
  ledger.stored("t", { first: 9, top: 10, messages: [sighting(9, 2), sighting(10)] });
  const plain = createPlainStream(ledger, findings, "r", "t");
  for (const { text } of [message(2), message(10)]) plain.line(`p: ${text}`);
  plain.settle();
  plain.finish(10);
  expect(findings.isClean()).toBe(true);
});

test("a growing text that lacks an append is found, in the log and at a reader", () => {
  const { ledger, findings } = begin();
  const book = createGrowingBook(ledger, findings);
  const writing = book.begin("g-1", 2);
  writing.offset = 1;
  writing.parts.push("a ", "b.");
  book.acked(writing, 2, false);
  const view = { id: "g-1", text: "g-1: a ", sequence: 1, isDone: false };
  book.shown("r", view);
  expect(book.missing(new Map([["g-1", view]]))).toEqual(["g-1"]);
  expect(findings.isClean()).toBe(true);
  book.shown("r", { ...view, sequence: 2 });
  expect(findings.broken("growing").sentences[0]).toContain("at append 2 ends with");
  const growing = { sequence: 1, at: 0 };
  book.stored([{ ...message(1), id: "g-1", text: view.text, growing }]);
  expect(findings.broken("growing").sentences[1]).toContain("append 2 was acknowledged, the log has 1");
});
