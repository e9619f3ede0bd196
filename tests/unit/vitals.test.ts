import { expect, test } from "bun:test";
import { warnOfDisk } from "../../src/doors/health-admin.ts";
import { createVitals, meanOf, vitalBetween } from "../../src/doors/vitals.ts";
import type { Totals } from "../../src/metrics.ts";

const NONE: Totals = {
  sessions: 0,
  messages: 0,
  deliveries: 0,
  errors: {},
  commits: 0,
  commitSeconds: 0,
  tailLagS: undefined,
};

test("a sample has rates since the sample before, and the mean time of a commit", () => {
  const later = { ...NONE, sessions: 3, messages: 40, deliveries: 120, commits: 4, commitSeconds: 0.02 };
  const errors = { banned: 1, muted: 1 };
  const before = { at: 1000, counts: NONE };
  expect(
    vitalBetween(before, { at: 11_000, counts: { ...later, errors }, memoryBytes: 7, logBytes: 9 }),
  ).toEqual({
    at: 11_000,
    sessions: 3,
    messagesPerS: 4,
    deliveriesPerS: 12,
    errorsPerMin: 12,
    commitMs: 5,
    memoryBytes: 7,
    logBytes: 9,
  });
  // Two samples in one millisecond, and none of them with a commit.
  expect(vitalBetween(before, { at: 1000, counts: NONE, memoryBytes: 0, logBytes: 0 })).toMatchObject({
    messagesPerS: 0,
    commitMs: 0,
  });
});

test("the hour keeps 360 points, and the day the means of 24 samples", async () => {
  let now = 0;
  let messages = 0;
  const vitals = createVitals(
    { totals: async () => ({ ...NONE, messages, sessions: now / 10_000 }) },
    async () => now,
    () => now,
  );
  await vitals.sample();
  for (let i = 0; i < 480; i++) {
    now += 10_000;
    messages += 20;
    await vitals.sample();
  }
  const [hour, day] = [vitals.points("hour"), vitals.points("day")];
  expect([hour.length, day.length]).toEqual([360, 20]);
  expect([hour[0]?.sessions, hour.at(-1)?.sessions]).toEqual([121, 480]);
  expect(day[0]).toMatchObject({ sessions: 12.5, messagesPerS: 2, logBytes: 125_000, at: 240_000 });
  expect(meanOf(hour.slice(0, 2)).sessions).toBe(121.5);
});

test("warnings of the disk tell the room and what to do", () => {
  const GB = 1_000_000_000;
  const disk = { freeBytes: 50 * GB, totalBytes: 100 * GB, logBytes: GB, hasNoInode: false };
  expect(warnOfDisk(disk)).toBeUndefined();
  expect(warnOfDisk({ ...disk, logBytes: 60 * GB })).toMatchObject({
    kind: "little-room",
    text: expect.stringContaining("a backup beside the log may not fit"),
  });
  expect(warnOfDisk({ ...disk, freeBytes: GB / 20 })).toMatchObject({
    kind: "disk-full",
    freeBytes: GB / 20,
  });
  expect(warnOfDisk({ ...disk, hasNoInode: true })).toMatchObject({ kind: "no-file" });
});
