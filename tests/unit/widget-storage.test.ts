import { describe, expect, test } from "bun:test";
import { erase } from "../../widget/page/identity.ts";
import { createKeeper, type StorageMode } from "../../widget/client/storage.ts";
import { createAreas } from "../support/widget-fakes.ts";

const KEY = "kabar:http://kabar.test";
const item = (id: string, at = 1) => ({ id, topic: "lobby", text: `text ${id}`, at, failed: undefined });

describe("by default", () => {
  test("nothing is stored before the user's first action, and then all of it", () => {
    const areas = createAreas();
    const keeper = areas.keeper();
    keeper.save({ guest: "g" });
    keeper.saveDraft("lobby", "half a sen");
    keeper.putUnsent(item("1"));
    expect([areas.local, areas.session]).toEqual([{}, {}]);
    expect(keeper.draft("lobby")).toBe("half a sen");
    keeper.consent();
    expect(Object.keys(areas.local).sort()).toEqual([KEY, `${KEY}:unsent:1`]);
    expect(areas.session).toEqual({ [`${KEY}:draft:lobby`]: "half a sen" });
  });

  test("a returning user is recognised", () => {
    const areas = createAreas();
    const before = areas.keeper();
    before.consent();
    before.save({ guest: "g", name: "Ana", read: { lobby: ["e1", 7] } });
    const now = areas.keeper();
    expect(now.consented).toBe(true);
    expect(now.record).toEqual({ guest: "g", name: "Ana", read: { lobby: ["e1", 7] } });
  });

  test("servers do not see each other's records, not even on neighbouring ports", () => {
    const areas = createAreas();
    const [near, far] = [
      areas.keeper("granted", "http://a.test"),
      areas.keeper("granted", "http://a.test:80"),
    ];
    near.save({ guest: "near" });
    far.save({ guest: "far" });
    near.putUnsent(item("1"));
    far.putUnsent(item("2"));
    expect(near.unsent().map((i) => i.id)).toEqual(["1"]);
    erase(near);
    expect(far.record.guest).toBe("far");
    expect(far.unsent().map((i) => i.id)).toEqual(["2"]);
    expect(Object.keys(areas.local).every((key) => key.startsWith("kabar:http://a.test:80"))).toBe(true);
  });
});

test.each<[StorageMode, number, number]>([
  ["none", 0, 0],
  ["session", 0, 3],
  ["granted", 2, 1],
])("mode %s writes %d keys for good and %d for the session", (mode, local, session) => {
  const areas = createAreas();
  const keeper = areas.keeper(mode);
  keeper.save({ guest: "g" });
  keeper.putUnsent(item("1"));
  keeper.saveDraft("lobby", "x");
  keeper.consent();
  expect([Object.keys(areas.local).length, Object.keys(areas.session).length]).toEqual([local, session]);
});

test("a browser that refuses storage keeps records in memory and is reported once", () => {
  const areas = createAreas();
  areas.isBlocked = true;
  const keeper = areas.keeper();
  keeper.save({ guest: "g" });
  keeper.consent();
  keeper.putUnsent(item("1"));
  keeper.saveDraft("lobby", "x");
  expect(keeper.record.guest).toBe("g");
  expect(keeper.unsent()).toEqual([item("1")]);
  expect(keeper.draft("lobby")).toBe("x");
  expect([keeper.takeBlocked(), keeper.takeBlocked()]).toEqual([true, false]);
});

test("a store that is full loses nothing of this visit", () => {
  const full = new Proxy<Record<string, string>>(
    {},
    {
      set() {
        throw new Error("QuotaExceededError");
      },
    },
  );
  const keeper = createKeeper("http://kabar.test", "on-interaction", {
    local: () => full,
    session: () => full,
  });
  keeper.save({ guest: "g" });
  keeper.consent();
  keeper.putUnsent(item("1"));
  expect(keeper.unsent()).toEqual([item("1")]);
  expect(keeper.takeBlocked()).toBe(true);
});

test("unsent messages are found again, oldest first, beside foreign records", () => {
  const areas = createAreas();
  Object.assign(areas.local, {
    [KEY]: "{}",
    [`${KEY}:unsent:b`]: JSON.stringify({ topic: "lobby", text: "second", at: 2 }),
    [`${KEY}:unsent:a`]: JSON.stringify({ topic: "lobby", text: "first", at: 1, failed: "forbidden" }),
    [`${KEY}:unsent:c`]: "{",
    [`${KEY}:unsent:d`]: JSON.stringify({ topic: 7, text: [] }),
    other: "x",
  });
  expect(areas.keeper().unsent()).toMatchObject([
    { id: "a", text: "first", failed: "forbidden" },
    { id: "b", text: "second" },
  ]);
});

test.each(["{", "null", "7", '"x"', "[]", '{"guest":7,"name":{},"read":3}'])(
  "a record of %s is ignored",
  (text) => {
    const areas = createAreas();
    areas.local[KEY] = text;
    const { guest, name, read } = areas.keeper().record;
    expect([guest, name, read?.lobby]).toEqual([undefined, undefined, undefined]);
  },
);

test("forgetting removes all of Kabar's records and none of others", () => {
  const areas = createAreas();
  areas.local.other = "stays";
  const keeper = areas.keeper("granted");
  keeper.save({ guest: "g" });
  keeper.putUnsent(item("1"));
  keeper.saveDraft("lobby", "x");
  erase(keeper);
  expect([areas.local, areas.session]).toEqual([{ other: "stays" }, {}]);
  expect(keeper.record).toEqual({});
});
