/**
 * Acts of moderation, whichever door they came through; also reports and the review queue. An act requires the right to
 * moderate and is in the audit log with the moderator and the reason. Acts of a topic run one after the other.
 */
import { type Act, type ActTable, type ActTableParts, createActTable } from "./act-table.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { KabarError } from "../errors.ts";
import type { ModerationAct, Queue } from "../model.ts";

/** Reports that a queue shows: more than a moderator handles at once. */
const MAX_REPORTS = 200;

export interface ModerationActsParts extends Omit<ActTableParts, "announceQueue"> {
  auth: Auth;
}

export type ModerationActs = ReturnType<typeof createModerationActs>;

/** Makes a queue of work for each topic: `run` starts when the earlier work of the topic has settled. */
function createTurns() {
  /** The last unfinished work of each topic. */
  const running = new Map<string, Promise<unknown>>();

  return async function inTurn<T>(topic: string, run: () => Promise<T>): Promise<T> {
    const before = running.get(topic);
    const mine = before ? before.then(run, run) : run();
    running.set(topic, mine);
    try {
      return await mine;
    } finally {
      if (running.get(topic) === mine) running.delete(topic);
    }
  };
}

/** Makes the acts of moderation, reports and the review queue. */
export function createModerationActs(parts: ModerationActsParts) {
  const { auth, chat, moderation, announce } = parts;
  const { sanctions } = moderation;

  function announceQueue(topic: string): void {
    announce.toModerators(topic, {
      type: "queue",
      topic,
      held: moderation.countHeld(topic),
      reports: moderation.countReports(topic),
      sentences: sanctions.list(topic).length,
    });
  }

  const acts = createActTable({ ...parts, announceQueue });

  /** Throws `forbidden` for an identity without the right to moderate, and for a muted or banned moderator. */
  const requireModerator = (who: Identity, topic: string) => auth.requireRights(who, topic, "moderate");

  // Each act changes the state that the one before it left.
  const inTurn = createTurns();

  return {
    requireModerator,

    /**
     * Performs an act. Resolves to the act that undoes it, where there is one, and for a ban by address to the number of
     * addresses. Throws `forbidden` without the right to moderate, and the errors of the act itself.
     */
    async act(
      who: Identity,
      topic: string,
      act: ModerationAct,
    ): Promise<{ undo?: ModerationAct; addresses?: number }> {
      requireModerator(who, topic);
      // The row fits the act, which the types cannot follow: the name of a row stands for all rows.
      const run = acts[act.action] as ActTable["clear"];
      const cause = { by: who.user.id, why: act.why };
      const undo = await inTurn(topic, () => run(who, topic, act as Act<"clear">, cause));
      const isOfAddress = act.action === "ban" && act.address === true;
      return {
        ...(undo ? { undo } : {}),
        ...(isOfAddress ? { addresses: sanctions.countAddresses(topic, act.user) } : {}),
      };
    },

    /** The held messages and open reports of a topic, oldest first, and the sanctions in force. Throws `forbidden`. */
    async queue(who: Identity, topic: string): Promise<Queue> {
      requireModerator(who, topic);
      const reports = moderation.listReports(topic).slice(0, MAX_REPORTS);
      const offsets = [...new Set(reports.map(({ offset }) => offset))];
      const messages = new Map(
        await Promise.all(
          offsets.map(async (offset) => [offset, await chat.messageFor(who, topic, offset)] as const),
        ),
      );
      return {
        held: moderation.listHeld(topic),
        reports: reports.map((report) => {
          const message = messages.get(report.offset);
          return message ? { ...report, message } : report;
        }),
        sentences: sanctions.list(topic),
      };
    },

    /** Reports a message to the topic's moderators. Throws `message-unknown` for a message that the user cannot see. */
    async report(who: Identity, topic: string, target: number, why: string | undefined): Promise<void> {
      auth.requireRights(who, topic, "read");
      auth.requireGatePassed(who);
      chat.requireNotSilenced(who, topic);
      const message = await chat.messageFor(who, topic, target);
      if (!message) throw new KabarError("message-unknown");
      await moderation.addReport(topic, target, who.user, { why, of: message.user.id, address: who.address });
      announceQueue(topic);
    },

    /** Sends the sizes of a topic's queue to its moderators. */
    announceQueue,
  };
}
