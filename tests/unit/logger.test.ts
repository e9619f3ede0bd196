import { expect, test } from "bun:test";
import { createLogger, type LogLevel } from "../../src/logger.ts";

/** A logger, and the lines that it has written. */
function keepLines(level: LogLevel = "debug") {
  const lines: string[] = [];
  return { logger: createLogger(level, (line) => lines.push(line)), lines };
}

/** The only line that a logger writes, without its time. */
function lineOf(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const { logger, lines } = keepLines();
  write(logger);
  expect(lines).toHaveLength(1);
  const [line = ""] = lines;
  expect(line).toEndWith("}\n");
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
  expect(new Date(String(time)).toISOString()).toBe(String(time));
  return rest;
}

test("a line has its level, its time, its fields and what happened", () => {
  expect(lineOf((logger) => logger.warn({ port: 3000 }, "taken"))).toEqual({
    level: "warn",
    port: 3000,
    msg: "taken",
  });
  expect(lineOf((logger) => logger.info("stopped"))).toEqual({ level: "info", msg: "stopped" });
});

test("lines below the level are dropped, and a silent log writes none", () => {
  const { logger, lines } = keepLines("warn");
  logger.debug("no");
  logger.info({ n: 1 }, "no");
  logger.warn("yes");
  logger.error("yes");
  expect(lines).toHaveLength(2);
  const silent = keepLines("silent");
  silent.logger.error({ err: new Error("no") }, "no");
  expect(silent.lines).toEqual([]);
});

test("a part's lines have its fields, and the line's own win", () => {
  const write = (logger: ReturnType<typeof createLogger>) =>
    logger.child({ database: "one", n: 1 }).child({ lane: "reads" }).info({ n: 2 }, "hello");
  expect(lineOf(write)).toEqual({ level: "info", database: "one", n: 2, lane: "reads", msg: "hello" });
});

test("no secret is written, at the top of a line or one level down", () => {
  const { logger, lines } = keepLines();
  const secret = "correct horse battery staple";
  logger.info({ key: secret, headers: { authorization: secret, n: 1 }, err: { token: secret } }, "in");
  logger.child({ guest: secret }).info({ err: Object.assign(new Error("no"), { secret }) }, "in");
  expect(lines.join("")).not.toContain(secret);
  expect(lines.join("").match(/\[secret\]/g)).toHaveLength(5);
  expect(lines[0]).toContain('"n":1');
});

test("an error is written with its causes, its code and the errors that it collects", () => {
  const inner = Object.assign(new TypeError("inner"), { code: "EINNER" });
  const outer = Object.assign(new Error("outer", { cause: inner }), { code: "EOUTER" });
  const { err } = lineOf((logger) => logger.error({ err: outer }, "boom")) as {
    err: Record<string, string>;
  };
  expect(err).toMatchObject({ type: "Error", message: "outer: inner", code: "EOUTER" });
  expect(err.stack).toContain("caused by: TypeError: inner");
  const several = new AggregateError([new Error("one"), new RangeError("two")], "several");
  expect(lineOf((logger) => logger.error({ err: several }, "boom"))).toMatchObject({
    err: { aggregateErrors: [{ message: "one" }, { type: "RangeError", message: "two" }] },
  });
  expect(lineOf((logger) => logger.error({ err: "a text" }, "boom"))).toMatchObject({ err: "a text" });
});

test("a line is written whatever its fields are, and so is an error that causes itself", () => {
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  const odd = new Error("odd");
  odd.cause = odd;
  expect(lineOf((logger) => logger.info({ circle }, "still here"))).toMatchObject({ msg: "still here" });
  expect(lineOf((logger) => logger.info({ n: 1n }, "still here"))).toMatchObject({ msg: "still here" });
  expect(lineOf((logger) => logger.error({ err: odd }, "still here"))).toMatchObject({ msg: "still here" });
  const never = {
    get boom(): never {
      throw new Error("boom");
    },
  };
  expect(lineOf((logger) => logger.info(never, "still here"))).toMatchObject({ msg: "still here" });
});
