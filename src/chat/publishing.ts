/**
 * Publishing of messages: judges a message, answers repeats, and stores the message or holds it for review. A message is
 * stored under a name that is free, takes its charge, and ends its author's typing.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { decodeBody, encodeBody, isGrowingBody, type StoredBody } from "../log/message-body.ts";
import { KabarError } from "../errors.ts";
import { type AskInTurn, type Question, maskContent, requireNotRefused, type Verdict } from "./asking.ts";
import { appendCharged, type Charge, FREE } from "./charge.ts";
import {
  type Appended,
  type Entry,
  entryAt,
  type MessageLog,
  type NewEntry,
  type Spacing,
} from "../log/log.ts";
import type { Expiry } from "./expiry.ts";
import type { Topics } from "../topics/topics.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { StoredHeldMessage } from "../moderation/held-messages.ts";
import type { Policy } from "../topics/policy.ts";
import type { Presence } from "../topics/presence.ts";
import type { HeldMessage, User } from "../model.ts";
import { messageFields } from "../message-fields.ts";
import { cleanPart, cleanText } from "../formats.ts";
import type { FirstMessages } from "./first-messages.ts";
import type { Growing } from "./growing.ts";
import type { GrowingName } from "./growing-list.ts";
import { beginGrowing } from "./growth.ts";
import { presentFields } from "../optional-fields.ts";
import type { Published, Repeats, Submission, Submitted } from "./repeats.ts";
import type { AdmittedMessage, Content, SubmissionRules } from "./submission-rules.ts";
import type { Visibility } from "./visibility.ts";

/** The fields of a message as the log and the review queue store them: absent ones are missing. */
function contentFields(content: Content) {
  const { text, replyTo, mentions } = content;
  const fields: Pick<HeldMessage, "text" | "replyTo" | "mentions"> = { text };
  if (replyTo !== undefined) fields.replyTo = replyTo;
  if (mentions?.length) fields.mentions = mentions;
  return Object.assign(fields, messageFields(content));
}

/** A message as its fingerprint covers it. `text` is cleaned, and not yet changed by any rule. */
const submittedMessage = (content: Content, text: string): Submitted => ({
  kind: "message",
  text,
  replyTo: content.replyTo,
  mentions: content.mentions,
  fields: messageFields(content),
  growing: content.growing ?? false,
});

/** A message that was refused before its text was cleaned, as its fingerprint covers it. */
const refusedMessage = (content: Content): Submitted =>
  submittedMessage(content, (content.growing ? cleanPart : cleanText)(content.text));

/** What a webhook is asked about a message before it is stored. */
const questionOf = (user: User, topic: string, id: string, content: Content): Question => ({
  kind: "message",
  topic,
  id,
  user,
  text: content.text,
  ...messageFields(content),
  ...presentFields({ replyTo: content.replyTo }),
});

/** Throws `message-unknown` when a reply's target is not retained, is no message, or is hidden from the author of the reply. */
function requireReplyTarget(
  entry: Entry | undefined,
  offset: number,
  userId: string,
  moderates: boolean,
): void {
  const body = entry && decodeBody(entry.body);
  const isVisible = body?.hidden === undefined || body.hidden === userId || moderates;
  if (body && body.kind === undefined && isVisible) return;
  throw new KabarError("message-unknown", `replyTo: there is no message at offset ${offset}.`);
}

/** How a message is stored, besides its content. */
interface StoreOptions {
  isShadowBanned?: boolean;
  charge?: Charge;
  proof?: string | undefined;
  requires?: NonNullable<NewEntry["requires"]> | undefined;
  spacing?: Spacing | undefined;
}

/** A judged message, and whether it is its author's first in the topic. */
type AskedMessage = AdmittedMessage & { isFirst?: boolean | undefined };

export interface PublishingParts {
  log: MessageLog;
  auth: Auth;
  policy: Policy;
  presence: Presence;
  moderation: Moderation;
  visibility: Visibility;
  expiry: Pick<Expiry, "note" | "requireRoom">;
  growing: Pick<Growing, "reserve" | "note" | "forget">;
  topics: Pick<Topics, "sendEphemeral">;
  repeats: Repeats;
  rules: SubmissionRules;
  firstMessages: FirstMessages;
  /** Asks about a visitor's message before it is stored. */
  askFirst: AskInTurn;
  /** Called with the topic when a message is held for review. */
  onHeld: (topic: string) => void;
  /** In milliseconds since 1970. */
  now: () => number;
}

/** Makes the functions that store a judged message, or hold it for review. */
function createMessageStore({
  log,
  auth,
  policy,
  presence,
  moderation,
  visibility,
  onHeld,
  repeats,
  expiry,
  growing,
  topics,
  now,
}: Omit<PublishingParts, "rules" | "askFirst" | "firstMessages">) {
  /** Stores a message that nothing refuses, and takes its charge. */
  async function store(
    author: User,
    topic: string,
    id: string,
    content: Content,
    { isShadowBanned = false, charge = FREE, proof, requires, spacing }: StoreOptions,
  ): Promise<Appended> {
    const user = visibility.withNameFor(topic, auth.withFreeName(author));
    const body: StoredBody = Object.assign(
      isShadowBanned ? { hidden: user.id, user } : { user },
      contentFields(content),
    );
    if (content.expiresAt !== undefined) expiry.requireRoom(topic);
    if (!log.hasTopic(topic) && policy.ruleOf(topic)?.pattern !== topic)
      charge.takeNewTopic(log.countTopics());
    const userId = user.id;
    const append = (whole: StoredBody) =>
      log.append({ topic, userId, id, body: encodeBody(whole), proof, requires, spacing });
    const stored = await appendCharged(charge, topic, () =>
      content.growing
        ? storeGrowing({ topic, userId, id }, () => append(beginGrowing(body, now())))
        : append(body),
    );
    if (!stored.repeated) presence.stopTyping(topic, user);
    // Also after a repeat: a crash may have come between the message and the note of its end.
    const { expiresAt } = content.expiresAt === undefined ? {} : decodeBody(stored.entry.body);
    if (expiresAt !== undefined) await expiry.note(topic, stored.entry.offset, expiresAt);
    return stored;
  }

  /** Stores a message that begins to grow, and the note of it. Together: the author's next message must not overtake it. */
  async function storeGrowing(name: GrowingName, append: () => Promise<Appended>): Promise<Appended> {
    growing.reserve(name);
    try {
      const [stored] = await Promise.all([append(), growing.note(name)]);
      if (stored.repeated && !isGrowingBody(stored.entry.body)) growing.forget(name);
      return stored;
    } catch (error) {
      growing.forget(name);
      throw error;
    }
  }

  /** Delivers a message that is not stored, and takes its charge. */
  async function deliver(
    author: User,
    topic: string,
    id: string,
    content: Content,
    { isShadowBanned = false, charge = FREE, requires }: StoreOptions,
  ): Promise<Published> {
    if (requires) requires.check(await entryAt(log, topic, requires.offset));
    charge.take(topic);
    const user = visibility.withNameFor(topic, auth.withFreeName(author));
    const message = { topic, offset: 0, id, at: now(), user, ...contentFields(content) };
    topics.sendEphemeral(message, isShadowBanned);
    presence.stopTyping(topic, user);
    return { topic, offset: 0, repeated: false };
  }

  /** How a judged message is stored: shadow-banned or not, its charge, its fingerprint, its reply target. */
  function storeOptionsOf(
    { user }: Identity,
    submission: Submission,
    submitted: Submitted,
    { moderates, spacing }: Pick<AdmittedMessage, "moderates" | "spacing">,
    charge: Charge,
  ): StoreOptions {
    const replyTo = submitted.kind === "message" ? submitted.replyTo : undefined;
    const isShadowBanned = !moderates && moderation.sanctions.isShadowBanned(submission.topic, user.id);
    const proof = repeats.proofOf(submission, submitted);
    const requires: StoreOptions["requires"] =
      replyTo === undefined
        ? undefined
        : {
            offset: replyTo,
            check: (entry) => requireReplyTarget(entry, replyTo, user.id, moderates),
          };
    return { isShadowBanned, charge, proof, spacing, requires };
  }

  /** Holds a message for review, after the check of its reply target. */
  async function hold(
    { user, address }: Identity,
    submission: Submission,
    content: Content,
    heldFor: HeldMessage["heldFor"],
    { proof, requires }: StoreOptions,
  ): Promise<Published> {
    const { topic, id } = submission;
    if (requires) requires.check(await entryAt(log, topic, requires.offset));
    const message = {
      topic,
      messageId: id,
      user,
      ...contentFields(content),
      at: now(),
      heldFor,
      ...presentFields({ proof }),
    };
    await moderation.hold(message, { by: user.id }, address);
    onHeld(topic);
    return { topic, offset: 0, repeated: false, held: true };
  }

  return { store, deliver, storeOptionsOf, hold };
}

/** Makes the publishing part of chat. Its functions throw KabarError for what is not allowed. */
export function createPublishing({ rules, askFirst, firstMessages, ...parts }: PublishingParts) {
  const { log, repeats } = parts;
  const { store, deliver, storeOptionsOf, hold } = createMessageStore(parts);

  /** A visitor's message after an answer. Throws for one that is refused, and for an author who may no longer write. */
  async function heed(
    who: Identity,
    topic: string,
    judged: AdmittedMessage,
    asked: Promise<Verdict>,
  ): Promise<AskedMessage> {
    const verdict = await asked;
    rules.requireStillAllowed(who, topic);
    requireNotRefused(verdict);
    const { decision, isFirst } = verdict;
    if (decision === "hold") return { ...judged, isFirst, heldFor: judged.heldFor ?? "review" };
    if (decision !== "mask") return { ...judged, isFirst };
    return { ...judged, isFirst, content: maskContent(judged.content, verdict, rules.maxBytesOf(topic)) };
  }

  /** Why a message is held; undefined when it is not. That its author is new here says more than that all are reviewed. */
  function heldForOf(topic: string, { heldFor, isFirst }: AskedMessage): HeldMessage["heldFor"] | undefined {
    const isHeldAsFirst = isFirst && firstMessages.ruleOf(topic) === "hold";
    return isHeldAsFirst && (heldFor === undefined || heldFor === "review") ? "first" : heldFor;
  }

  /** Holds a judged message for review, unless it is stored already. */
  async function holdNew(
    who: Identity,
    submission: Submission,
    submitted: Submitted,
    content: Content,
    heldFor: HeldMessage["heldFor"],
    options: StoreOptions,
  ): Promise<Published> {
    const earlier = await log.find(submission.topic, who.user.id, submission.id);
    if (earlier) return repeats.answerStored(earlier, submission, submitted);
    return hold(who, submission, content, heldFor, options);
  }

  /** Stores a judged message, delivers it, or holds it for review. Each `async` on the way of a message is paid for each message. */
  function settle(
    who: Identity,
    submission: Submission,
    submitted: Submitted,
    asked: AskedMessage,
    charge: Charge,
  ): Promise<Published | Appended> {
    const { topic, id } = submission;
    const { content, isFirst } = asked;
    const heldFor = heldForOf(topic, asked);
    const options = storeOptionsOf(who, submission, submitted, asked, charge);
    if (heldFor) return holdNew(who, submission, submitted, content, heldFor, options);
    if (content.ephemeral) return deliver(who.user, topic, id, content, options);
    if (!isFirst || options.isShadowBanned) return store(who.user, topic, id, content, options);
    return firstMessages.show(topic, who.user.id, () => store(who.user, topic, id, content, options));
  }

  /** The answer to a message that was settled. Throws `message-id-conflict` for another message under a used id. */
  function answerOf(settled: Published | Appended, submission: Submission, submitted: Submitted): Published {
    if (!("entry" in settled)) return settled;
    const { entry, repeated } = settled;
    if (repeated) return repeats.answerStored(entry, submission, submitted);
    return { topic: submission.topic, offset: entry.offset, repeated };
  }

  return {
    /**
     * Publishes a message. Resolves when it is stored. The same (topic, user, id) again resolves to the first offset, even when
     * a rule would refuse the message now; with another text it throws `message-id-conflict`. A message that moderation holds
     * is not stored yet: `held`, offset 0. Up to the append nothing is awaited but the
     * answer of a webhook that is asked first, or of the log where the topic looks at first messages: each author's messages are stored in the order of the calls.
     */
    async publish(
      who: Identity,
      topic: string,
      id: string,
      content: Content,
      charge: Charge = FREE,
    ): Promise<Published> {
      const submission = { topic, userId: who.user.id, id };
      let judged: AskedMessage;
      try {
        judged = rules.admitMessage(who, topic, content);
      } catch (refusal) {
        return repeats.answerEarlier(who, submission, refusedMessage(content), refusal);
      }
      const submitted = submittedMessage(content, judged.cleaned);
      let isNew = false;
      try {
        const held = repeats.answerHeld(submission, submitted);
        if (held) return held;
        const { user } = who;
        const { moderates, content: judgedContent } = judged;
        const question = () => questionOf(user, topic, id, judgedContent);
        const isFirst = !moderates && firstMessages.isFirst(topic, user.id);
        const asked = moderates ? undefined : askFirst({ topic, user }, question, isFirst);
        if (isFirst === true) judged = { ...judged, isFirst };
        if (asked) {
          try {
            judged = await heed(who, topic, judged, asked);
          } catch (refusal) {
            return await repeats.answerEarlier(who, submission, submitted, refusal);
          }
          // The same message may have been held while the answer was awaited.
          const heldMeanwhile = repeats.answerHeld(submission, submitted);
          if (heldMeanwhile) return heldMeanwhile;
        }
        const settled = await settle(who, submission, submitted, judged, charge);
        isNew = !settled.repeated;
        return answerOf(settled, submission, submitted);
      } finally {
        // Slow mode counts published messages only.
        if (!isNew) judged.undoSlowMode?.();
      }
    },

    /** Publishes a held message that a moderator approved, in its author's name. */
    async publishReviewed({ user, topic, messageId, proof, ...content }: StoredHeldMessage): Promise<void> {
      const publish = content.ephemeral ? deliver : store;
      await publish(user, topic, messageId, content, { proof });
    },
  };
}
