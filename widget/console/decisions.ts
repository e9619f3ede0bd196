/** The decisions of the inbox: a key each, and the act of moderation that it stands for. Pure. */
import type { InboxCase, ModerationAct } from "../../src/model.ts";
import { MUTE_S } from "./act.ts";
import { userOf } from "./inbox-cases.ts";
import { words } from "./speech.ts";

/** What a key does with a case. */
export interface Decision {
  key: string;
  name: "approve" | "reject" | "mute" | "ban" | "shadow";
  /** What it is for a published message, where that differs: the message is kept or removed. */
  ofPublished?: "keep" | "remove";
  act: (one: InboxCase) => ModerationAct | undefined;
  /** Whether it decides the case, or only concerns its author. */
  decides: boolean;
  isDanger?: boolean;
}

/** The key that takes a case, or gives it back. */
export const TAKE_KEY = "t";

/** The decisions, in the order of their buttons. */
export const DECISIONS: readonly Decision[] = [
  {
    key: "a",
    name: "approve",
    ofPublished: "keep",
    decides: true,
    act: (one) =>
      one.kind === "held"
        ? { action: "approve", user: one.held.user.id, messageId: one.held.messageId }
        : { action: "dismiss", target: one.offset },
  },
  {
    key: "r",
    name: "reject",
    ofPublished: "remove",
    decides: true,
    isDanger: true,
    act: (one) =>
      one.kind === "held"
        ? { action: "reject", user: one.held.user.id, messageId: one.held.messageId }
        : { action: "remove", target: one.offset },
  },
  {
    key: "m",
    name: "mute",
    decides: false,
    act: (one) => withUser(one, (user) => ({ action: "timeout", user, seconds: MUTE_S })),
  },
  {
    key: "b",
    name: "ban",
    decides: false,
    isDanger: true,
    act: (one) => withUser(one, (user) => ({ action: "ban", user })),
  },
  {
    key: "h",
    name: "shadow",
    decides: false,
    isDanger: true,
    act: (one) => withUser(one, (user) => ({ action: "shadow", user, on: true })),
  },
];

function withUser(one: InboxCase, act: (user: string) => ModerationAct): ModerationAct | undefined {
  const user = userOf(one);
  return user && act(user.id);
}

/** The word of a decision for a case. */
const nameFor = ({ name, ofPublished }: Decision, { kind }: InboxCase) =>
  kind !== "held" ? (ofPublished ?? name) : name;
/** The name of a decision for a case. */
export const nameOf = (decision: Decision, one: InboxCase): string =>
  words.inbox.acts[nameFor(decision, one)];
/** What came of a decision. */
export const doneOf = (decision: Decision, one: InboxCase): string =>
  words.inbox.done[nameFor(decision, one)];
/** What a key does, for the list of keys. */
export const aboutKey = ({ name, ofPublished }: Decision): string => {
  const { acts } = words.inbox;
  return words.shell.inInbox(ofPublished ? `${acts[name]} / ${acts[ofPublished]}` : acts[name]);
};
