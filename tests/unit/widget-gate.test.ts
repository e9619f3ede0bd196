import { expect, test } from "bun:test";
import { hasProofOfWork } from "../../src/users/guests.ts";
import { solve } from "../../widget/page/gate.ts";
import { leadingZeros, sha256 } from "../../widget/page/sha256.ts";

test("hashes are SHA-256's, for texts of every length around a block's", () => {
  for (let length = 0; length < 200; length++) {
    const text = "é7".repeat(100).slice(0, length);
    const digest = new Uint8Array(32);
    const view = new DataView(digest.buffer);
    for (const [i, word] of sha256(text).entries()) view.setInt32(i * 4, word);
    expect(Buffer.from(digest).toString("hex")).toBe(
      new Bun.CryptoHasher("sha256").update(text).digest("hex"),
    );
  }
});

test("zero bits are counted as the server counts them", () => {
  for (let i = 0; i < 5000; i++) {
    const zeros = leadingZeros(`x:${i}`);
    expect([hasProofOfWork(`x:${i}`, zeros), hasProofOfWork(`x:${i}`, zeros + 1)]).toEqual([true, false]);
  }
});

test("a nonce is searched in slices that let other tasks run", async () => {
  let now = 0;
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  const nonce = await solve({ kind: "work", challenge: "c", bits: 13 }, () => (now += 5));
  clearInterval(ticking);
  expect(hasProofOfWork(`c:${nonce}`, 13)).toBe(true);
  expect(turns).toBeGreaterThan(0);
});
