/**
 * Answers repeats: the same submission under a used id gets the first answer, another one `message-id-conflict`, whatever became
 * of the message or the rules in between. A keyed fingerprint of what was submitted is kept beside the entry, for word rules,
 * edits and removals change what is stored.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Change } from "./changes.ts";
import { decodeBody } from "../log/message-body.ts";
import { KabarError } from "../errors.ts";
import type { Entry, MessageLog } from "../log/log.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { signText } from "../users/guests.ts";

/** What became of a publish. */
export interface Published {
  topic: string;
  offset: number;
  id: string;
  repeated: boolean;
  /** True when it waits for a moderator; the offset is 0 then. */
  held?: boolean;
}

/** What a publisher may submit under an id. */
export type Submitted =
  { kind: "message"; text: string; replyTo?: number | undefined; mentions?: string[] | undefined } | Change;

/** Whose id it is, and where. */
export interface Submission {
  topic: string;
  userId: string;
  id: string;
}

/** Characters that name the key, so that a fingerprint of another key is not taken for another text. */
const KEY_CHARACTERS = 3;
/** Characters of the fingerprint: 60 bits. Two texts under one id meet once in 10^18. */
const CHARACTERS = 10;

function partsOf(submitted: Submitted): unknown[] {
  switch (submitted.kind) {
    case "message":
      return ["message", submitted.text, submitted.replyTo ?? 0, submitted.mentions ?? []];
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

/** Whether an entry without a usable fingerprint may be what is submitted: what can't be compared any more counts as the same. */
function mayBe({ body }: Entry, submitted: Submitted): boolean {
  const stored = decodeBody(body);
  if (submitted.kind === "message") {
    const isChanged = stored.edited !== undefined || stored.removed !== undefined;
    return stored.kind === undefined && (isChanged || stored.text === submitted.text);
  }
  if (stored.kind !== submitted.kind || stored.target !== submitted.target) return false;
  // An edit's own text goes when a later one comes.
  if (submitted.kind === "edit") return stored.text === "" || stored.text === submitted.text;
  if (submitted.kind === "react") return stored.emoji === submitted.emoji && stored.on === submitted.on;
  return submitted.kind === "remove" || stored.on === submitted.on;
}

export interface RepeatsParts {
  log: MessageLog;
  moderation: Moderation;
  auth: Auth;
}

const conflict = (id: string, where: string): KabarError =>
  new KabarError(
    "message-id-conflict",
    `You already used the message id "${id}" for another message, ${where}.`,
  );

/**
 * Makes the part. The fingerprints' key is the guest secret: with another one the earlier fingerprints can't be compared, and
 * what is stored is compared instead.
 */
export function createRepeats({ log, moderation, auth }: RepeatsParts) {
  const { guestSecret } = auth;
  const keyName = signText(guestSecret, "name of the key of repeats").slice(0, KEY_CHARACTERS);

  function proofOf({ topic, userId, id }: Submission, submitted: Submitted): string {
    const whole = JSON.stringify(["repeat", topic, userId, id, ...partsOf(submitted)]);
    return keyName + signText(guestSecret, whole).slice(0, CHARACTERS);
  }

  function isSame(entry: Entry, submitted: Submitted): boolean {
    if (entry.proof?.startsWith(keyName)) return entry.proof === proofOf(entry, submitted);
    return mayBe(entry, submitted);
  }

  /** The answer to a repeat of a stored entry. Throws `message-id-conflict` for anything else under its id. */
  function settle(entry: Entry, { topic, id }: Submission, submitted: Submitted): Published {
    if (!isSame(entry, submitted)) throw conflict(id, `at offset ${entry.offset}`);
    return { topic, offset: entry.offset, id, repeated: true };
  }

  /**
   * The answer to a repeat of a message that waits for review, or was rejected; undefined when there is none. Throws
   * `message-id-conflict` for anything else under its id.
   */
  function answerHeld(submission: Submission, submitted: Submitted): Published | undefined {
    const { topic, userId, id } = submission;
    const held = moderation.wasHeld(topic, userId, id);
    if (!held) return undefined;
    const { proof } = held;
    const isComparable = proof?.startsWith(keyName) === true;
    if (submitted.kind !== "message" || (isComparable && proof !== proofOf(submission, submitted)))
      throw conflict(id, "which was held for review");
    return { topic, offset: 0, id, repeated: true, held: true };
  }

  return {
    /** The fingerprint of a submission. A text is given as it was cleaned, before any rule changed it. */
    proofOf,

    settle,

    answerHeld,

    /**
     * What was answered to an earlier attempt, when this one is refused. Throws `message-id-conflict` when it was something
     * else, and `refusal` when there is none, or the asker may not read the topic.
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
      const answer = entry ? settle(entry, submission, submitted) : answerHeld(submission, submitted);
      if (!answer) throw refusal;
      return answer;
    },
  };
}
