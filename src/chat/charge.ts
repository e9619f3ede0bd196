/**
 * Charges of a message to its topic's rate limits, taken when nothing else refuses the message. Free for senders without rate
 * limits: moderators, back ends, the operator. Does not hold the budgets: limits does.
 */
import type { Appended } from "../log/log.ts";
import type { Limits } from "../limits.ts";

/** The charge for one sender's messages. */
export interface Charge {
  /** Charges a message to its topic. Throws `rate-limited`. */
  take(topic: string): void;
  /** Returns the charge of a message that was not stored. */
  refund(topic: string): void;
  /** Charges the first message of a topic that only a pattern allows. Throws `too-many-topics`, `rate-limited`. */
  takeNewTopic(count: number): void;
}

/** The charge for a sender without rate limits: nothing. */
export const FREE: Charge = { take: () => undefined, refund: () => undefined, takeNewTopic: () => undefined };

/** The charge for a sender at an IP address. */
export const chargeOf = (limits: Limits, address: string): Charge => ({
  take: limits.takeTopic,
  refund: limits.refundTopic,
  takeNewTopic: (count) => limits.takeNewTopic(address, count),
});

/** Appends a message or change with its charge, which is returned when nothing new is stored. Rejects with the error of `append`; throws that of the charge. */
export function appendCharged(
  charge: Charge,
  topic: string,
  append: () => Promise<Appended>,
): Promise<Appended> {
  charge.take(topic);
  // No async function: for each message it would cost as much as the charge.
  return append().then(
    (appended) => {
      if (appended.repeated) charge.refund(topic);
      return appended;
    },
    (error: unknown) => {
      charge.refund(topic);
      throw error;
    },
  );
}
