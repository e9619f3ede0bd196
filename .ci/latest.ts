/** Draws `latest.json`, with which `kabar version --check` compares: what the newest release is, from the headings of the changelog. */
import type { Latest } from "../src/cli/version-command.ts";

/** A heading of a release: `## 1.2.3 (2026-05-03)`; `## 1.2.3 (2026-05-03, security)` when it closes a security hole. */
const HEADING = /^## (\d+\.\d+\.\d+\S*) \((\d{4}-\d{2}-\d{2})(, security)?\)$/gm;

/** The description of a release. Its day is that of its heading, or `time` where the changelog has none yet. */
export function drawLatest(version: string, changelog: string, time: Date): string {
  const releases = [...changelog.matchAll(HEADING)];
  const own = releases.find(([, name]) => name === version);
  // The newest stands on top.
  const secure = releases.find(([, , , security]) => security !== undefined);
  const latest: Latest = {
    version,
    date: own?.[2] ?? time.toISOString().slice(0, 10),
    safeFrom: secure?.[1] ?? releases.at(-1)?.[1] ?? version,
  };
  return `${JSON.stringify(latest)}\n`;
}
