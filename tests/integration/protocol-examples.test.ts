/**
 * Runs every example of docs/PROTOCOL.md, each against a server of its own: what the page says is what happens. What is sent and
 * answered is what the documents of the API describe.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { createApiChecks, readDocuments } from "../support/api-schemas.ts";
import { Line } from "../support/client.ts";
import { OPERATOR_KEY, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

const page = await Bun.file(join(import.meta.dir, "../../docs/PROTOCOL.md")).text();
const blocks = [...page.matchAll(/^```(session|plain|sh)(.*)\n([\s\S]*?)^```$/gm)].map(
  ([whole, kind, info, body]) => ({
    kind: kind ?? "",
    info: (info ?? "").trim(),
    lines: (body ?? "").split("\n").slice(0, -1),
    line: page.slice(0, page.indexOf(whole)).split("\n").length,
  }),
);

const checks = createApiChecks(readDocuments());
/** The errors of frames that no schema allows; whether a message has a button, or an endpoint is public, is no matter of a schema. */
const BROKEN =
  /"code":"bad-(?:json|command|request|topic|message-id|name|emoji)"(?!.*(?:the place of an action|a public push service))/;

/** Whether a value is what the page shows; `"…"` there stands for anything. */
function matches(shown: unknown, actual: unknown): boolean {
  if (shown === "…") return actual !== undefined;
  if (typeof shown !== "object" || shown === null) return shown === actual;
  if (typeof actual !== "object" || actual === null) return false;
  const keys = new Set([...Object.keys(shown), ...Object.keys(actual)]);
  return [...keys].every((key) => matches(Reflect.get(shown, key), Reflect.get(actual, key)));
}

function expectMatch(shown: string, actual: string): void {
  if (shown.startsWith("{") ? matches(JSON.parse(shown), JSON.parse(actual)) : shown === actual) return;
  throw new Error(`the page shows\n  ${shown}\nthe server says\n  ${actual}`);
}

async function runSocket(
  url: string,
  path: string,
  protocols: string[],
  lines: readonly string[],
): Promise<void> {
  const line = await Line.open(url, path, protocols);
  const session = checks.session();
  const isPlain = protocols.length === 0;
  let isAllowed = true;
  for (const example of lines) {
    const text = example.slice(2).replaceAll("$KABAR_OPERATOR_KEY", OPERATOR_KEY);
    if (example.startsWith(">")) {
      line.send(text);
      isAllowed = isPlain || session.isCommand(text);
      continue;
    }
    const actual = await line.next(`"${text}"`);
    expectMatch(text, actual);
    if (isPlain) continue;
    session.checkFrame(actual);
    expect({ actual, isAllowed }).toEqual({ actual, isAllowed: !BROKEN.test(actual) });
  }
  line.close();
}

/** `$ command`, then what it prints; a `…` in a line that is no JSON stands for the rest of it. */
async function runShell(port: number, lines: readonly string[]): Promise<void> {
  for (let i = 0; i < lines.length;) {
    const command = (lines[i] ?? "").replace(/^\$ /, "").replaceAll("localhost:3000", `127.0.0.1:${port}`);
    const { pathname } = new URL(
      /http\S+|127\.0\.0\.1\S+/
        .exec(command)?.[0]
        .replace(/^(?!http)/, "http://")
        .replace(/'$/, "") ?? "",
    );
    const method = / -d /.test(command) ? "POST" : "GET";
    const until = lines.findIndex((line, n) => n > i && line.startsWith("$ "));
    const shown = lines.slice(i + 1, until === -1 ? lines.length : until);
    const { stdout } = Bun.spawnSync(["sh", "-c", command], {
      env: { ...process.env, KABAR_OPERATOR_KEY: OPERATOR_KEY },
    });
    const printed = stdout.toString().split("\n");
    for (const [n, line] of shown.entries()) {
      const actual = printed[n] ?? "";
      const [head, rest] = line.split(/(?<=^data: )/);
      const json = rest === undefined ? line : rest;
      if (json.startsWith("{"))
        checks.checkPrinted(method, pathname, JSON.parse(actual.replace(/^data: /, "")));
      if (rest !== undefined && head === "data: ") expectMatch(rest, actual.slice(head.length));
      else if (line.endsWith("…")) expect(actual).toStartWith(line.slice(0, -1));
      else expectMatch(line, actual);
    }
    i += 1 + shown.length;
  }
}

describe("PROTOCOL.md", () => {
  test("has examples of every kind", () => {
    expect(new Set(blocks.map(({ kind }) => kind))).toEqual(new Set(["session", "plain", "sh"]));
    expect(blocks.length).toBeGreaterThan(8);
  });

  for (const { kind, info, lines, line } of blocks) {
    test(`the example at line ${line} is what happens`, async () => {
      const server = await startKabar();
      try {
        if (kind === "sh") await runShell(server.port, lines);
        else await runSocket(server.url, info || "/websocket", kind === "session" ? ["kabar.v1"] : [], lines);
      } finally {
        await server.stop();
      }
    });
  }
});
