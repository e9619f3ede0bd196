/** The export of a topic as a table: cells that stay cells, and no formulas. */
import { expect, test } from "bun:test";
import { csvCell, exportPieces } from "../../src/doors/topic-export.ts";

test("a cell is quoted where it has to be (RFC 4180), and never a formula", () => {
  expect(csvCell('say "hi", or\nnot')).toBe('"say ""hi"", or\nnot"');
  expect([csvCell(7), csvCell(undefined), csvCell("plain")]).toEqual(["7", "", "plain"]);
  for (const text of ["=1+1", "+1", "-1", "@sum", "\t=1", " =1", "\r=1"])
    expect(csvCell(text).replace(/^"/, "")).toStartWith("'");
});

test("the table has the messages, not the entries that changed them; JSON Lines have everything", async () => {
  const user = { id: "g-1", name: "Ana", role: "guest" };
  async function* entries() {
    yield JSON.stringify({ topic: "t", offset: 1, id: "a", at: 0, user, text: "one, two" });
    yield JSON.stringify({ topic: "t", offset: 2, id: "b", at: 0, user, text: "", kind: "edit", target: 1 });
  }
  const whole = async (format: "csv" | "jsonl") =>
    (await Array.fromAsync(exportPieces(entries(), format))).join("");
  expect(await whole("csv")).toBe(
    '\ufeffoffset,time,name,role,user,title,text,link,replyTo,removed,id\r\n1,1970-01-01T00:00:00.000Z,Ana,guest,g-1,,"one, two",,,,a\r\n',
  );
  expect(
    (await whole("jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).offset),
  ).toEqual([1, 2]);
});
