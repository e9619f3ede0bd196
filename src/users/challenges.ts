/**
 * Challenges that a browser must answer: random, good once and for a short time. Nothing is stored while one waits, however many are
 * asked for: the browser keeps a signed cookie, and any node reads it. A challenge that was answered rightly is used up in the control
 * topic, so that of several answers, on whichever nodes, one wins.
 */
import { randomText } from "../random.ts";
import type { Control } from "../log/control.ts";
import { secretsMatch, signText } from "./guests.ts";

const PREFIX = "console-challenge:";
const PENDING = /^([\w-]{43})\.(\d{1,15})\.([\w-]{22})$/;
/** One author for all: the log knows a second removal by its author and id. */
const CAUSE = { by: "operator", why: "answered by a passkey" };

export interface ChallengesParts {
  control: Control;
  /** Signs the cookie; the nodes of a cluster share it. */
  serverSecret: string;
  /** How long a challenge is good, in milliseconds. */
  lifeMs: number;
  /** In milliseconds since 1970. */
  now: () => number;
}

export type Challenges = ReturnType<typeof createChallenges>;

/** Makes challenges over the control topic. A challenge is for one purpose: `purpose` says for what, where and for whom. */
export function createChallenges({ control, serverSecret, lifeMs, now }: ChallengesParts) {
  const sign = (purpose: string, content: string): string =>
    signText(serverSecret, JSON.stringify(["challenge", purpose, content]));

  return {
    /** A new challenge, and the cookie that must come back with its answer. */
    make(purpose: string): { challenge: string; cookie: { secret: string; until: number } } {
      const challenge = randomText(32);
      const until = now() + lifeMs;
      const content = `${challenge}.${until}`;
      return { challenge, cookie: { secret: `${content}.${sign(purpose, content)}`, until } };
    },

    /** The challenge of a cookie; undefined for one of another purpose, a forged one, or one that is too old. */
    read(cookie: string, purpose: string): string | undefined {
      const [, challenge = "", until = "", signature = ""] = PENDING.exec(cookie) ?? [];
      const isGood = secretsMatch(signature, sign(purpose, `${challenge}.${until}`));
      return isGood && Number(until) > now() ? challenge : undefined;
    },

    /** Uses up a challenge, or anything else that must be accepted once. Resolves to whether this was the first time. */
    useUp: (challenge: string): Promise<boolean> => control.removeOnce(PREFIX + challenge, CAUSE),
  };
}
