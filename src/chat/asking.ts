/**
 * Asking first: a back end of the owner's judges a visitor's text before it is stored. Keeps the order of each author's messages
 * in a topic while answers are awaited, and applies the answer. Sends nothing: hooks/ask-hook does.
 */
import { KabarError } from "../errors.ts";
import { cleanText } from "../formats.ts";
import type { MessageFields, User } from "../model.ts";
import type { Content } from "./submission-rules.ts";

/** A text that is about to be stored. */
export interface Question extends MessageFields {
  kind: "message" | "edit";
  topic: string;
  /** The message id that its author chose. */
  id: string;
  user: User;
  text: string;
  /** The offset of the message that an edit changes. */
  target?: number;
  replyTo?: number;
}

/** The answer. `text` is the text to store in place of a masked one; `why` is the sentence that the author reads. */
export interface Verdict {
  decision: "allow" | "hold" | "mask" | "refuse";
  text?: string | undefined;
  why?: string | undefined;
  /** Whether the message is its author's first in the topic. */
  isFirst?: boolean;
}

/** Asks about a text of a user in a topic; undefined where nobody is to be asked: then the question is not made. Never rejects. */
export type Ask = (
  from: Pick<Question, "topic" | "user">,
  question: () => Question,
) => Promise<Verdict> | undefined;

const ALLOW: Verdict = { decision: "allow" };
const LETTERS = /[\p{L}\p{N}]/gu;
const hide = (text: string): string => text.replace(LETTERS, "•");

/** Throws `text-blocked` for a refused text. */
export function requireNotRefused({ decision, why }: Verdict): void {
  if (decision === "refuse") throw new KabarError("text-blocked", why);
}

/** The text to store in place of a masked one: the answer's, where it is one and not too long, else one without letters. */
export function maskedText(text: string, verdict: Verdict, maxBytes: number): string {
  const given = cleanText((verdict.text ?? "").slice(0, maxBytes));
  return given !== "" && Buffer.byteLength(given) <= maxBytes ? given : hide(text);
}

/** A masked message: its words are hidden, and what readers do not see as words is gone. */
export function maskContent(content: Content, verdict: Verdict, maxBytes: number): Content {
  const { title, tags, link: _link, icon: _icon, data: _data, ...rest } = content;
  return {
    ...rest,
    text: maskedText(content.text, verdict, maxBytes),
    ...(title === undefined ? {} : { title: hide(title) }),
    ...(tags === undefined ? {} : { tags: tags.map(hide) }),
  };
}

/**
 * Makes the function that asks, and awaits `isFirst` where that is a promise. It resolves in the order of each author's calls, and
 * undefined means that there is nothing to wait for. Rejects as `isFirst` does.
 */
export function createAsking(ask: Ask) {
  /** The newest question of each author in each topic. Never rejects. */
  const newest = new Map<string, Promise<unknown>>();

  return (
    from: Pick<Question, "topic" | "user">,
    question: () => Question,
    isFirst: boolean | Promise<boolean> = false,
  ): Promise<Verdict> | undefined => {
    const asked = ask(from, question);
    if (!asked && newest.size === 0 && typeof isFirst === "boolean") return undefined; // the usual case
    const key = `${from.topic} ${from.user.id}`;
    const before = newest.get(key);
    if (!asked && !before && typeof isFirst === "boolean") return undefined;
    const turn = Promise.all([asked, isFirst, before]).then(([verdict = ALLOW, first]) => ({
      ...verdict,
      isFirst: first,
    }));
    const settled = turn.catch(() => undefined);
    newest.set(key, settled);
    void settled.then(() => newest.get(key) === settled && newest.delete(key));
    return turn;
  };
}

/** The function that asks, in turns. */
export type AskInTurn = ReturnType<typeof createAsking>;
