/**
 * Icon of the installed chat as a PNG, drawn when it is first wanted: a white speech bubble on blue. iOS takes no SVG. The bubble
 * stays within the part that every shape of an icon shows (W3C Web Application Manifest, `maskable`).
 */

/** Loaded with the first icon: a start does not wait for it. */
const library = (): typeof import("node:zlib") => require("node:zlib");

/** Pixels of a side: the size that browsers want for an installed page. */
export const ICON_SIZE = 512;
const BLUE = [0x2f, 0x5b, 0xea] as const;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The bubble as shares of a side: a rectangle with round corners, and a tail below it. */
const BOX = { left: 0.24, right: 0.76, top: 0.27, bottom: 0.63, radius: 0.09 };
const TAIL = { left: 0.36, right: 0.5, tip: 0.76 };

/** How far a point lies inside the bubble, in shares of a side; negative outside. */
function depthAt(x: number, y: number): number {
  const { left, right, top, bottom, radius } = BOX;
  const dx = Math.max(Math.abs(x - (left + right) / 2) - (right - left) / 2 + radius, 0);
  const dy = Math.max(Math.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius, 0);
  const inBox = radius - Math.hypot(dx, dy);
  const slope = (TAIL.right - TAIL.left) / (TAIL.tip - bottom);
  const inTail = Math.min(x - TAIL.left, TAIL.right - (y - bottom) * slope - x, y - bottom + radius);
  return Math.max(inBox, inTail);
}

/** A part of a PNG with its length and check value (ISO/IEC 15948 section 5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const part = Buffer.alloc(body.length + 8);
  part.writeUInt32BE(data.length, 0);
  body.copy(part, 4);
  part.writeUInt32BE(library().crc32(body), body.length + 4);
  return part;
}

/** Draws the icon. */
export function drawIcon(size: number = ICON_SIZE): Buffer {
  const row = 1 + 3 * size;
  const pixels = Buffer.alloc(row * size);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      // One pixel of transition makes the edge smooth.
      const cover = Math.min(1, Math.max(0, depthAt((x + 0.5) / size, (y + 0.5) / size) * size + 0.5));
      const at = y * row + 1 + 3 * x;
      for (const [i, tone] of BLUE.entries()) pixels[at + i] = Math.round(tone + (255 - tone) * cover);
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Eight bits a channel, red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", library().deflateSync(pixels)),
    chunk("IEND", new Uint8Array(0)),
  ]);
}
