/**
 * SHA-256 (FIPS 180-4) of a short text, in one synchronous call.
 * The browser's own needs a promise for each hash, which takes ten times as long as the hash, and is missing on pages without TLS.
 */

const SIZE = 64;
/** The first 32 bits behind the point of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const K = new Int32Array(SIZE);
const START = new Int32Array(8);
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;
for (let prime = 2, count = 0; count < SIZE; prime++) {
  let isPrime = true;
  for (let i = 2; i * i <= prime && isPrime; i++) isPrime = prime % i > 0;
  if (!isPrime) continue;
  if (count < START.length) START[count] = fraction(Math.sqrt(prime));
  K[count++] = fraction(Math.cbrt(prime));
}

const encoder = new TextEncoder();
const W = new Int32Array(SIZE);
const turn = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

function compress(state: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + i * 4);
  for (let i = 16; i < SIZE; i++) {
    const a = W[i - 15] as number;
    const b = W[i - 2] as number;
    const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
    const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
    W[i] = (W[i - 16] as number) + s0 + (W[i - 7] as number) + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < SIZE; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] as number) + (W[i] as number)) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  const now = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = (state[i] as number) + (now[i] as number);
}

/** The digest as eight words. */
export function sha256(text: string): Int32Array {
  const bytes = encoder.encode(text);
  // A one bit, zeros, and the length in bits fill the last block.
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / SIZE) * SIZE);
  padded.set(bytes);
  padded[bytes.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, bytes.length * 8);
  const state = START.slice();
  for (let at = 0; at < padded.length; at += SIZE) compress(state, view, at);
  return state;
}

/** How many zero bits the digest of a text begins with. */
export function leadingZeros(text: string): number {
  let zeros = 0;
  for (const word of sha256(text)) {
    zeros += Math.clz32(word);
    if (word !== 0) break;
  }
  return zeros;
}
