/** Sentences in the user's language for the server's refusals, which are in English. Pure. */
import type { Kit } from "../../chat/kit.ts";

/** Refusals of what a text says: sent again as it is, it is refused again. */
export const OF_THE_TEXT: ReadonlySet<string> = new Set([
  "text-blocked",
  "text-too-long",
  "too-large",
  "message-unknown",
]);

/** What a sentence needs of the kit. */
export type Speaker = Pick<Kit, "strings_" | "words" | "state">;

/** Says about how many characters are too many, as the composer counts them; the limit is in bytes. */
function sayTooLong({ strings_: strings, state }: Speaker, text: string): string | undefined {
  const over = text.length * (1 - state().limits.textBytes / new TextEncoder().encode(text).length);
  return over > 0 ? strings.tooLong(Number(Math.ceil(over).toPrecision(2))) : undefined;
}

/** Returns a sentence for the code of a refusal, of a text or of something else; undefined where there is none. */
export function sayRefusal(kit: Speaker, code: string, text?: string): string | undefined {
  const { strings_: strings, words } = kit;
  const reasons: Record<string, string | undefined> = {
    "text-blocked": words.blocked,
    "text-too-long": text && sayTooLong(kit, text),
    "emoji-only": words.emojiOnly,
    "message-unknown": text && words.aimGone,
    "gate-refused": words.noGuests,
    "read-only": words.closed,
    forbidden: text && strings.readonly,
    muted: `${words.muted}.`,
    banned: `${words.banned}.`,
    "token-expired": words.signedOut,
    "topic-unknown": strings.refused,
  };
  return Object.hasOwn(reasons, code) ? reasons[code] : undefined;
}
