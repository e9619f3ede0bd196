/** The decisions of the inbox: a key each, and the act of moderation that it stands for. Pure. */
import type { ModerationAct } from "../../src/model.ts";
import { MUTE_S } from "./act.ts";
import { type Case, userOf } from "./inbox-cases.ts";

/** What a key does with a case. */
export interface Decision {
  key: string;
  name: string;
  act: (one: Case) => ModerationAct | undefined;
  done: string;
  /** Whether it decides the case, or only concerns its author. */
  decides: boolean;
  isDanger?: boolean;
}

/** The decisions, in the order of their buttons. */
export const DECISIONS: readonly Decision[] = [
  {
    key: "a",
    name: "Approve",
    done: "Approved.",
    decides: true,
    act: (one) =>
      one.kind === "held"
        ? { action: "approve", user: one.held.user.id, messageId: one.held.messageId }
        : { action: "dismiss", target: one.offset },
  },
  {
    key: "r",
    name: "Reject",
    done: "Rejected.",
    decides: true,
    isDanger: true,
    act: (one) =>
      one.kind === "held"
        ? { action: "reject", user: one.held.user.id, messageId: one.held.messageId }
        : { action: "remove", target: one.offset },
  },
  {
    key: "m",
    name: "Mute 10 min",
    done: "Muted for ten minutes.",
    decides: false,
    act: (one) => withUser(one, (user) => ({ action: "timeout", user, seconds: MUTE_S })),
  },
  {
    key: "b",
    name: "Ban",
    done: "Banned.",
    decides: false,
    isDanger: true,
    act: (one) => withUser(one, (user) => ({ action: "ban", user })),
  },
  {
    key: "h",
    name: "Shadow ban",
    done: "Shadow-banned.",
    decides: false,
    isDanger: true,
    act: (one) => withUser(one, (user) => ({ action: "shadow", user, on: true })),
  },
];

function withUser(one: Case, act: (user: string) => ModerationAct): ModerationAct | undefined {
  const user = userOf(one);
  return user && act(user.id);
}

/** The name of a decision for a case: a reported message is kept or removed. */
export const nameOf = ({ key, name }: Decision, { kind }: Case): string =>
  kind === "reported" && key === "a" ? "Keep" : kind === "reported" && key === "r" ? "Remove" : name;
/** What came of a decision. */
export const doneOf = ({ key, done }: Decision, { kind }: Case): string =>
  kind === "reported" && key === "a" ? "Kept." : kind === "reported" && key === "r" ? "Removed." : done;
