/**
 * Answers to repeated submissions. The same submission under a used id gets the first answer, a different one
 * `message-id-conflict`. The answer does not depend on later edits, removals or rules: a keyed fingerprint of the submission is stored beside the entry
 * (`proof`), because word rules and changes alter the stored text.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Change } from "./changes.ts";
import { decodeBody } from "../log/message-body.ts";
import { KabarError } from "../errors.ts";
import { messageFields } from "../message-fields.ts";
import type { MessageFields, Stored } from "../model.ts";
import type { Entry, MessageLog } from "../log/log.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { fingerprintOf } from "../users/guests.ts";

/** The answer to a submission. */
export type Published = Stored;

/** The content that is submitted under an id. A text is cleaned, and not yet changed by any rule. */
export type Submitted =
  | {
      kind: "message";
      text: string;
      replyTo?: number | undefined;
      mentions?: string[] | undefined;
      fields: Readonly<MessageFields>;
      growing?: boolean;
    }
  | Change;

/** The identity of a submission: ids are unique per topic and user. */
export interface Submission {
  topic: string;
  userId: string;
  id: string;
}

/** Characters of the key. Of one length, so that no key is the beginning of another key and its text. */
const SECRET_CHARACTERS = 21;
/** Characters that name the key, so that a fingerprint by another key is not taken for another text. */
const KEY_CHARACTERS = 3;
/** Characters of the fingerprint, 60 bits: two texts under one id collide once in 10^18. */
const FINGERPRINT_CHARACTERS = 10;

/** What makes two submissions the same, as a text. No topic, user id or message id has a space. */
function comparedText({ topic, userId, id }: Submission, submitted: Submitted): string {
  const names = `${topic} ${userId} ${id}`;
  // Most messages. All other texts begin with a bracket.
  if (submitted.kind === "message" && isPlain(submitted)) return `message ${names} ${submitted.text}`;
  return JSON.stringify([names, ...comparedFields(submitted)]);
}

const isPlain = ({ replyTo, mentions, fields, growing }: Submitted & { kind: "message" }): boolean =>
  replyTo === undefined && !mentions?.length && !growing && Object.keys(fields).length === 0;

/** The fields that make two submissions the same. */
function comparedFields(submitted: Submitted): unknown[] {
  switch (submitted.kind) {
    case "message":
      return [
        "message",
        submitted.text,
        submitted.replyTo ?? 0,
        submitted.mentions ?? [],
        submitted.fields,
        submitted.growing ? 1 : 0,
      ];
    case "edit":
      return ["edit", submitted.target, submitted.text];
    case "remove":
      return ["remove", submitted.target];
    case "react":
      return ["react", submitted.target, submitted.emoji, submitted.on];
    case "pin":
      return ["pin", submitted.target, submitted.on];
  }
}

/**
 * Whether a stored entry without a usable fingerprint may come from the same submission. Fields that were changed since count as
 * the same. Mentions are not compared: an erasure removes them.
 */
function mayBeSame({ body }: Entry, submitted: Submitted): boolean {
  const stored = decodeBody(body);
  if (submitted.kind === "message") {
    const isChanged = [stored.edited, stored.removed, stored.growing, stored.done].some(
      (mark) => mark !== undefined,
    );
    const isSameContent =
      stored.text === submitted.text &&
      stored.replyTo === submitted.replyTo &&
      JSON.stringify(messageFields(stored)) === JSON.stringify(submitted.fields);
    return stored.kind === undefined && (isChanged || isSameContent);
  }
  if (stored.kind !== submitted.kind || stored.target !== submitted.target) return false;
  // The text of an edit is cleared when a later edit comes.
  if (submitted.kind === "edit") return stored.text === "" || stored.text === submitted.text;
  if (submitted.kind === "react") return stored.emoji === submitted.emoji && stored.on === submitted.on;
  return submitted.kind === "remove" || stored.on === submitted.on;
}

export interface RepeatsParts {
  log: MessageLog;
  moderation: Moderation;
  auth: Auth;
}

export type Repeats = ReturnType<typeof createRepeats>;

const conflict = (id: string, where: string): KabarError =>
  new KabarError(
    "message-id-conflict",
    `You already used the message id "${id}" for another message, ${where}.`,
  );

/**
 * Makes the answers. The guest secret keys the fingerprints. After the secret changed, earlier fingerprints cannot be compared,
 * and the stored content is compared instead.
 */
export function createRepeats({ log, moderation, auth }: RepeatsParts) {
  const { guestSecret } = auth;
  const key = fingerprintOf(guestSecret, "key of repeats", SECRET_CHARACTERS);
  const keyName = fingerprintOf(guestSecret, "name of the second key of repeats", KEY_CHARACTERS);

  /**
   * The fingerprint of a submission. A truncated hash of key and text is as good as an HMAC, which defends the whole hash
   * against a longer text, and costs each message less than half.
   */
  function proofOf(submission: Submission, submitted: Submitted): string {
    const hash: string = Bun.SHA256.hash(key + comparedText(submission, submitted), "base64url");
    return keyName + hash.slice(0, FINGERPRINT_CHARACTERS);
  }

  /** Whether a stored fingerprint is that of a submission; undefined when it cannot be compared. */
  function isProofOf(
    proof: string | undefined,
    submission: Submission,
    submitted: Submitted,
  ): boolean | undefined {
    return proof?.startsWith(keyName) ? proof === proofOf(submission, submitted) : undefined;
  }

  /** The answer to a repeat of a stored entry. Throws `message-id-conflict` for anything else under its id. */
  function answerStored(entry: Entry, { topic, id }: Submission, submitted: Submitted): Published {
    const isSame = isProofOf(entry.proof, entry, submitted) ?? mayBeSame(entry, submitted);
    if (!isSame) throw conflict(id, `at offset ${entry.offset}`);
    return { topic, offset: entry.offset, repeated: true };
  }

  /**
   * The answer to a repeat of a message that waits for review, or was rejected; undefined when there is none. Throws
   * `message-id-conflict` for anything else under its id.
   */
  function answerHeld(submission: Submission, submitted: Submitted): Published | undefined {
    const { topic, userId, id } = submission;
    const held = moderation.wasHeld(topic, userId, id);
    if (!held) return undefined;
    if (submitted.kind !== "message" || isProofOf(held.proof, submission, submitted) === false)
      throw conflict(id, "which was held for review");
    return { topic, offset: 0, repeated: true, held: true };
  }

  return {
    /** The fingerprint of a submission: 13 characters. */
    proofOf,

    answerStored,

    answerHeld,

    /**
     * The answer to a repeat that a rule refuses now, although the first submission was accepted. Throws `message-id-conflict`
     * when the first submission was different, and `refusal` when there is none or the user may not read the topic.
     */
    async answerEarlier(
      who: Identity,
      submission: Submission,
      submitted: Submitted,
      refusal: unknown,
    ): Promise<Published> {
      const { topic, userId, id } = submission;
      if (!auth.rightsIn(who, topic)?.read) throw refusal;
      const entry = await log.find(topic, userId, id);
      const answer = entry ? answerStored(entry, submission, submitted) : answerHeld(submission, submitted);
      if (!answer) throw refusal;
      return answer;
    },
  };
}
