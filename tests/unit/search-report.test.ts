/** The report of a measured search. */
import { expect, test } from "bun:test";
import { type SearchResult, searchReport } from "../bench/search.ts";

test("a report of kept figures is the report of the run, also where the processor's time was not taken", () => {
  const times = { p50: 1, p95: 2, longest: 30, cut: 0 };
  const result: SearchResult = {
    messages: 1000,
    rows: [
      { kind: "alone", ...times, cpuP50: 0.5, cpuP95: 1.5 },
      { kind: "beside others", ...times },
    ],
    entryBytes: 100,
    indexBytes: 50,
    indexUs: 20,
    appends: [2000, 1000],
    removeUs: 40,
  };
  const report = searchReport(result, "head");
  expect(report).toContain("| alone | 1.0 ms | 2.0 ms | 30 ms | 0.5 ms | 1.5 ms |  |");
  expect(report).toContain("| beside others | 1.0 ms | 2.0 ms | 30 ms | – | – |  |");
  expect(searchReport(JSON.parse(JSON.stringify(result)) as SearchResult, "head")).toBe(report);
});
