/** The audit's EventSource parses as WHATWG HTML section 9.2.6 says, however the stream is cut into pieces. */
import { expect, test } from "bun:test";
import { createEventParser, type StreamEvent } from "../audit/event-source.ts";

/** What a stream dispatches, keeps as ids and asks for as pauses, with its text cut after every `size` characters. */
function parse(text: string, size: number) {
  const events: StreamEvent[] = [];
  const silent: string[] = [];
  const pauses: number[] = [];
  const parser = createEventParser({
    onEvent: (event) => events.push(event),
    onSilence: (id) => silent.push(id),
    onRetry: (ms) => pauses.push(ms),
  });
  for (let at = 0; at < text.length; at += size) parser.take(text.slice(at, at + size));
  return { events, silent, pauses };
}

test.each([1, 2, 3, 7, 1000])("a stream parses the same in pieces of %i bytes", (size) => {
  const text = [
    ": a comment\r\nretry: 50\nretry: soon\nid: 1\n\n",
    "data: one\rdata:two\r\rdata\n\ndata:  spaced\nevent: gap\nid: 2\r\n\r\n",
    "id: 3\0\nunknown: x\ndata: kept id\n\nid\ndata: no id\n\nid: 9\ndata: cut off",
  ].join("");
  expect(parse(text, size)).toEqual({
    events: [
      { type: "message", data: "one\ntwo", lastEventId: "1" },
      { type: "message", data: "", lastEventId: "1" },
      { type: "gap", data: " spaced", lastEventId: "2" },
      { type: "message", data: "kept id", lastEventId: "2" },
      { type: "message", data: "no id", lastEventId: "" },
    ],
    silent: ["1"],
    pauses: [50],
  });
});
