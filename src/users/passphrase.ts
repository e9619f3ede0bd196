/**
 * Passphrases: which ones are accepted, and their hashes (Argon2id, RFC 9106). The rules are those of NIST SP 800-63B-4 section
 * 3.1.1 for a secret that is the only factor: a length, no classes of characters, none that is commonly used. Hashes are computed
 * off the main thread, one at a time, so that a flood of sign-ins takes the memory of one.
 */
import { randomBytes } from "../random.ts";
import { KabarError } from "../errors.ts";
import { nameRule } from "../parsing.ts";

/** NIST SP 800-63B-4: at least 15 characters for a secret that is the only factor, and at least 64 must be allowed. */
export const MIN_PASSPHRASE = 15;
export const MAX_PASSPHRASE = 256;
const LENGTH = { must: "characters", min: MIN_PASSPHRASE, max: MAX_PASSPHRASE } as const;
export const PASSPHRASE_RULE: string = nameRule(`${MIN_PASSPHRASE} to ${MAX_PASSPHRASE} characters`, LENGTH);
/** Different characters of a passphrase: fewer are one character or two, repeated. */
const MIN_DIFFERENT = 6;
/** 19 MiB and two passes: the least that OWASP's Password Storage Cheat Sheet names, so that a small server can afford it. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
/** Sign-ins that wait for their turn; more are refused. */
const MAX_WAITING = 8;
const RETRY_MS = 1000;

/** Rows of keys and of the alphabet: a passphrase that is a part of one, or of one repeated, is among the first guesses. */
const ROWS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiopasdfghjklzxcvbnm",
  "qazwsxedcrfvtgbyhnujmikolp",
];
/** Words that are worth nothing in a passphrase: each is taken out before the length is judged. */
const COMMON = [
  "password",
  "passphrase",
  "passwort",
  "letmein",
  "welcome",
  "operator",
  "console",
  "admin",
  "kabar",
];

/** The form in which a passphrase is hashed: what looks the same on two keyboards is the same (NFKC). */
const normal = (passphrase: string): string => passphrase.normalize("NFKC");

/** The text without what is guessed first: common words, the owner's name, and parts of the rows in either direction. */
function withoutGuesses(text: string, name: string): string {
  const rows = ROWS.flatMap((row) => [row, [...row].reverse().join("")]).map((row) => row + row);
  let rest = text.toLowerCase();
  for (const word of [name.toLowerCase(), ...COMMON]) rest = rest.replaceAll(word, "");
  for (let length = 10; length >= 4; length--)
    for (let at = 0; at + length <= rest.length;)
      if (rows.some((row) => row.includes(rest.slice(at, at + length))))
        rest = rest.slice(0, at) + rest.slice(at + length);
      else at += 1;
  return rest;
}

/** Throws `bad-request` for a passphrase that is too short, too long, or among the first guesses; `name` is its owner's. */
export function checkPassphrase(passphrase: string, name: string): void {
  const text = normal(passphrase);
  const length = [...text].length;
  if (length < MIN_PASSPHRASE || length > MAX_PASSPHRASE)
    throw new KabarError(
      "bad-request",
      `passphrase: has ${length} characters, must be ${PASSPHRASE_RULE}. Four or five words that do not belong together are good.`,
      undefined,
      { field: "passphrase", ...LENGTH },
    );
  const rest = withoutGuesses(text, name);
  if (new Set(rest).size < MIN_DIFFERENT)
    throw new KabarError(
      "bad-request",
      "passphrase: is too easy to guess: it repeats itself, or is made of the name, common words or rows of keys. Take four or five words that do not belong together.",
      undefined,
      { field: "passphrase", must: "hard-to-guess" },
    );
}

export type Passphrases = ReturnType<typeof createPassphrases>;

/** Makes the hashing of passphrases. */
export function createPassphrases() {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  /** Does the work after that of those who came before. Throws `rate-limited` when too many wait. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting >= MAX_WAITING)
      throw new KabarError("rate-limited", "Too many sign-ins at once. Wait a second.", RETRY_MS);
    waiting += 1;
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn.finally(() => {
      waiting -= 1;
    });
  }

  const inBase64 = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  /** The hash of no passphrase, which costs as much to compare with as any. */
  const decoy = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${inBase64(randomBytes(32))}$${inBase64(randomBytes(32))}`;

  return {
    /** The hash of a passphrase, in the PHC string format. Throws `rate-limited`. */
    hash: (passphrase: string): Promise<string> =>
      inTurn(() =>
        Bun.password.hash(normal(passphrase), {
          algorithm: "argon2id",
          memoryCost: MEMORY_KIB,
          timeCost: PASSES,
        }),
      ),

    /** Whether a passphrase has this hash. Without a hash the answer is false after the same work. Throws `rate-limited`. */
    async matches(passphrase: string, hash: string | undefined): Promise<boolean> {
      const isSame = await inTurn(() => Bun.password.verify(normal(passphrase), hash ?? decoy));
      return isSame && hash !== undefined;
    },
  };
}
