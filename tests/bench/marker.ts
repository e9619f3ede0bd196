/**
 * Markers that every message of the benchmark carries, and their detection. A text begins with a marker: who sent it,
 * its number and when it was due. The receiver looks for markers in the bytes as they come, whatever protocol is around
 * them, so that every peer is counted and checked by the same few instructions.
 */

/** `@@`, 4 digits publisher, 7 digits number, 10 digits microseconds. */
export const MARKER_BYTES = 23;
const AT = 0x40;
const ZERO = 0x30;
const FIRST = Buffer.from("@@");

/** A text of `bytes` characters that begins with a marker. */
export function markedText(publisher: number, sequence: number, dueMicros: number, bytes: number): string {
  const marker =
    `@@${String(publisher).padStart(4, "0")}${String(sequence).padStart(7, "0")}` +
    String(Math.max(0, Math.round(dueMicros))).padStart(10, "0");
  return marker.padEnd(bytes, "abcdefghijklmnopqrstuvwxyz ");
}

function readDigits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) value = value * 10 + ((bytes[i] ?? ZERO) - ZERO);
  return value;
}

/** What was received on one connection. */
export interface Received {
  messages: number;
  /** The next number expected of each publisher. */
  expected: Int32Array;
  /** Messages that were not the next of their publisher. */
  wrong: number;
  /** The end of the last chunk, when a marker may go on in the next. */
  rest: Buffer | undefined;
}

/** Nothing received yet. */
export const createReceived = (publishers: number): Received => ({
  messages: 0,
  expected: new Int32Array(publishers),
  wrong: 0,
  rest: undefined,
});

/** Frames of one size are the rule: the next marker is looked for where the last distance says, before searching. */
let distance = 0;

/** Reads the markers of a chunk; calls `onTime` with each one's due time, if given. Returns how many there were. */
export function readMarkers(into: Received, chunk: Buffer, onTime?: (dueMicros: number) => void): number {
  const bytes = into.rest ? Buffer.concat([into.rest, chunk]) : chunk;
  into.rest = undefined;
  const { expected } = into;
  let found = 0;
  let at = bytes.indexOf(FIRST);
  while (at >= 0) {
    if (at + MARKER_BYTES > bytes.length) break;
    const first = bytes[at + 2] ?? 0;
    if (first < ZERO || first > ZERO + 9) {
      at = bytes.indexOf(FIRST, at + 1); // a frame's length happened to look like it
      continue;
    }
    const publisher = readDigits(bytes, at + 2, 4);
    const sequence = readDigits(bytes, at + 6, 7);
    if (sequence === expected[publisher]) expected[publisher] = sequence + 1;
    else {
      into.wrong += 1;
      if (publisher < expected.length) expected[publisher] = sequence + 1;
    }
    if (onTime) onTime(readDigits(bytes, at + 13, 10));
    found += 1;
    const guess = at + distance;
    if (distance > 0 && bytes[guess] === AT && bytes[guess + 1] === AT) at = guess;
    else {
      const next = bytes.indexOf(FIRST, at + MARKER_BYTES);
      if (next > 0) distance = next - at;
      at = next;
    }
  }
  if (at >= 0) into.rest = Buffer.from(bytes.subarray(at));
  else if (bytes[bytes.length - 1] === AT) into.rest = Buffer.from(bytes.subarray(bytes.length - 1));
  into.messages += found;
  return found;
}
