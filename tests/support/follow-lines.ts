/** Reads a stream of lines over HTTP until one of them is the last that a test wants, and leaves it. */
import { expect } from "bun:test";

/** Fetches `path` and returns the lines up to the first that `isLast` accepts; `onLine` receives each at once. */
export async function followLines(
  get: (path: string, init: RequestInit) => Promise<Response>,
  path: string,
  isLast: (line: string) => boolean,
  onLine: (line: string) => void = () => undefined,
): Promise<string[]> {
  const gone = new AbortController();
  const response = await get(path, { signal: gone.signal });
  expect(response.status).toBe(200);
  const lines: string[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body ?? []) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      lines.push(line);
      onLine(line);
    }
    if (lines.some(isLast)) break;
  }
  gone.abort();
  return lines;
}
