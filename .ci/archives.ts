/**
 * Archives whose bytes follow from their contents: entries in the given order, one time for all, no names of users. As `.tar.gz`
 * (POSIX.1-1988, ustar) and as `.zip`.
 */
import { type Zippable, zipSync } from "fflate";

/** A file of an archive. */
export interface ArchiveFile {
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
  isProgram: boolean;
}

const BLOCK = 512;
const modeOf = ({ isProgram }: ArchiveFile): number => (isProgram ? 0o755 : 0o644);

/** The header of a file: fields of fixed width, numbers in octal, a sum of all bytes. Throws when the path is too long. */
function tarHeader(file: ArchiveFile, time: Date): Uint8Array {
  if (Buffer.byteLength(file.path) > 100) throw new Error(`${file.path} is too long for an archive.`);
  const header = Buffer.alloc(BLOCK);
  const put = (text: string, at: number) => header.write(text, at, "latin1");
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  put(file.path, 0);
  put(octal(modeOf(file), 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(file.bytes.length, 12), 124);
  put(octal(Math.floor(time.getTime() / 1000), 12), 136);
  put(" ".repeat(8), 148);
  put("0", 156);
  put("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A `.tar.gz` of the files. */
export function drawTarGz(files: readonly ArchiveFile[], time: Date): Uint8Array {
  const parts = files.flatMap((file) => {
    const rest = (BLOCK - (file.bytes.length % BLOCK)) % BLOCK;
    return [tarHeader(file, time), file.bytes, new Uint8Array(rest)];
  });
  return Bun.gzipSync(Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]), { level: 9 });
}

/** A `.zip` of the files. Its times are those of the machine's zone, so the zone is taken out. */
export function drawZip(files: readonly ArchiveFile[], time: Date): Uint8Array {
  const mtime = new Date(time.getTime() + time.getTimezoneOffset() * 60_000);
  const entries: Zippable = {};
  // 3 stands for Unix, whose rights are in the upper half of the attributes.
  for (const file of files)
    entries[file.path] = [file.bytes, { mtime, os: 3, attrs: modeOf(file) << 16, level: 6 }];
  return zipSync(entries);
}
