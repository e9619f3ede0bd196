/** The judgement of `doctor` about what it cannot look at itself. */
import { expect, test } from "bun:test";
import { judgeOpenFiles } from "../../src/cli/doctor-machine.ts";

test("the limit of this shell is not taken for the limit of a server whose process is hidden", () => {
  expect(judgeOpenFiles(1e9, undefined, false)).toMatchObject({ state: "warn" });
  const hidden = judgeOpenFiles(1e9, undefined, true);
  expect(hidden.state).toBe("ok");
  expect(hidden.says).toContain("needs 1000000200 (LimitNOFILE in a systemd unit)");
  expect(judgeOpenFiles(1e9, process.pid, true)).toMatchObject({ state: "warn" });
});
