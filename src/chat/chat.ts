/**
 * The chat: publishing, changing, typing and reading by the rights, rules and moderation of a topic. `publish` is the one way
 * in for every message, whichever door it came through. Knows no socket and no request.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { type Ask, createAsking, maskedText, type Question, requireNotRefused } from "./asking.ts";
import { amendmentOf, type Change } from "./changes.ts";
import type { Expiry } from "./expiry.ts";
import type { Config } from "../config.ts";
import { appendCharged, type Charge, FREE } from "./charge.ts";
import { createFirstMessages } from "./first-messages.ts";
import { createGrowing } from "./growing.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Control } from "../log/control.ts";
import type { MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { Policy } from "../topics/policy.ts";
import type { Presence } from "../topics/presence.ts";
import type { SessionLimits } from "../model.ts";
import { cleanText } from "../formats.ts";
import { createPublishing } from "./publishing.ts";
import { createRepeats, type Published } from "./repeats.ts";
import { createReading } from "./reading.ts";
import { createSearching } from "./searching.ts";
import type { Topics } from "../topics/topics.ts";
import type { Traces } from "../topics/trace.ts";
import type { Visibility } from "./visibility.ts";
import { type AdmittedChange, createSubmissionRules, isUnmoderated } from "./submission-rules.ts";

export type Chat = ReturnType<typeof createChat>;

export interface ChatOptions {
  config: Config;
  log: MessageLog;
  control: Control;
  cluster: Pick<Cluster, "onDuty">;
  logger: Logger;
  topics: Topics;
  auth: Auth;
  metrics: Metrics;
  traces: Traces;
  presence: Presence;
  policy: Policy;
  moderation: Moderation;
  visibility: Visibility;
  expiry: Expiry;
  /** Asks about a visitor's text before it is stored; absent: nobody is asked. */
  ask?: Ask;
  /** Called with the topic when a message is held for review. */
  onHeld: (topic: string) => void;
  now?: () => number;
}

/** Makes the chat. All of its functions throw KabarError for what is not allowed; `now` is in milliseconds since 1970. */
export function createChat(options: ChatOptions) {
  const { config, log, auth, presence, moderation, visibility, now = Date.now } = options;
  const limits: SessionLimits = {
    textBytes: config.maxTextBytes,
    frameBytes: config.maxFrameBytes,
    topics: config.maxTopicsPerSession,
    historyPage: config.maxHistoryPage,
  };
  const repeats = createRepeats({ log, moderation, auth });
  const rules = createSubmissionRules({ ...options, now });
  const growing = createGrowing({ ...options, rules, now });
  const firstMessages = createFirstMessages(options);
  const askFirst = createAsking(options.ask ?? (() => undefined));

  /**
   * A visitor's edit after the answer of the webhook that is asked first; undefined where nobody is asked. Rejects for one that would
   * be held: its message is public already.
   */
  function heedEdit(who: Identity, topic: string, id: string, change: Change): Promise<Change> | undefined {
    if (change.kind !== "edit" || isUnmoderated(who)) return undefined;
    const { text, target } = change;
    const { user } = who;
    const question = (): Question => ({ kind: "edit", topic, id, user, text, target });
    return askFirst({ topic, user }, question)?.then((verdict) => {
      rules.requireStillAllowed(who, topic);
      requireNotRefused(verdict.decision === "hold" ? { ...verdict, decision: "refuse" } : verdict);
      if (verdict.decision !== "mask") return change;
      return { ...change, text: maskedText(text, verdict, rules.maxBytesOf(topic)) };
    });
  }

  const reading = createReading({ ...options, now });

  return {
    ...reading,
    ...createSearching({ ...options, audienceOf: reading.audienceOf, requireCount: reading.requireCount }),
    ...createPublishing({ ...options, repeats, rules, growing, askFirst, firstMessages, now }),
    growing,

    /** Forgets in memory that an erased user has written. */
    forgetAuthor: firstMessages.forget,

    /** The limits of a session, with the gate that its guest must still pass. */
    limitsOf(who: Identity): SessionLimits {
      const { guestGate: gate } = config;
      return gate !== "none" && auth.mustPassGate(who) ? { ...limits, gate } : limits;
    },

    /** Throws `banned` or `muted`. */
    requireNotSilenced: rules.requireNotSilenced,

    /** Marks a user as typing, by the rules of a message. Typing of unlisted users is not shown. */
    typing(who: Identity, topic: string): void {
      const { moderate } = auth.requireRights(who, topic, "write");
      auth.requireGatePassed(who);
      rules.requireNotSilenced(who, topic);
      if (!moderate && !isUnmoderated(who)) moderation.requireNotReadOnly(topic);
      presence.typing(topic, who.user.id);
    },

    /**
     * Publishes a change to an earlier message, by the rules of a message; `applyChange` decides which changes a user may make.
     * Repeats are answered as those of a message.
     */
    async change(
      who: Identity,
      topic: string,
      id: string,
      change: Change,
      charge: Charge = FREE,
    ): Promise<Published> {
      const submission = { topic, userId: who.user.id, id };
      const submitted = change.kind === "edit" ? { ...change, text: cleanText(change.text) } : change;
      let admitted: AdmittedChange;
      try {
        admitted = rules.admitChange(who, topic, change);
        const heeded = admitted.moderate ? undefined : heedEdit(who, topic, id, admitted.checked);
        if (heeded) admitted = { ...admitted, checked: await heeded };
      } catch (refusal) {
        return repeats.answerEarlier(who, submission, submitted, refusal);
      }
      repeats.answerHeld(submission, submitted);
      const user = visibility.withNameFor(topic, who.user);
      const { checked, moderate } = admitted;
      const isShadowBanned = !moderate && moderation.sanctions.isShadowBanned(topic, user.id);
      const { body, amends } = amendmentOf({ user, moderates: moderate, isShadowBanned }, checked, now);
      const { entry, repeated } = await appendCharged(charge, topic, () =>
        log.append({
          topic,
          userId: user.id,
          id,
          body,
          proof: repeats.proofOf(submission, submitted),
          amends,
        }),
      );
      if (!repeated) {
        // A removed message grows no more.
        if (change.kind === "remove") entry.amended?.forEach(growing.forget);
        return { topic, offset: entry.offset, repeated };
      }
      return repeats.answerStored(entry, submission, submitted);
    },
  };
}
