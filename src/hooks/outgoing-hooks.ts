/**
 * Webhooks as the operator sets them: an address, a filter, and whether the hook is paused. Kept in the control topic. Does not
 * send: hook-runner does, and hook-states knows how far it is.
 */
import { randomHex } from "../random.ts";
import { z } from "zod";
import { KabarError } from "../errors.ts";
import type { Cause, Control } from "../log/control.ts";
import { presentFields } from "../optional-fields.ts";
import { FEED_KINDS, type FeedKind } from "./feed-log.ts";
import { hookSecret } from "./signature.ts";

export const HOOK_PREFIX = "hook-out:";
/** Webhooks of a server: each reads the feed by itself. */
const MAX_HOOKS = 50;

const STORED = z.object({
  url: z.string(),
  topics: z.array(z.string()),
  kinds: z.array(z.enum(FEED_KINDS)),
  name: z.string().optional(),
  madeAt: z.number(),
  isPaused: z.boolean(),
  turn: z.number(),
  from: z.number(),
});

/** A webhook. */
export interface OutgoingHook {
  id: string;
  url: string;
  /** Topics and patterns; empty for all. */
  topics: string[];
  /** Kinds of events; empty for all. */
  kinds: FeedKind[];
  name?: string;
  /** In milliseconds since 1970. */
  madeAt: number;
  isPaused: boolean;
  /** Grows when the hook is to begin anew, at the place `from` of the feed. */
  turn: number;
  from: number;
}

export interface NewHook {
  url: string;
  topics: string[];
  kinds: FeedKind[];
  name?: string | undefined;
}

export type OutgoingHooks = ReturnType<typeof createOutgoingHooks>;

/** Creates the webhooks over the control topic; `now` is in milliseconds since 1970. */
export function createOutgoingHooks(control: Control, serverSecret: string, now: () => number = Date.now) {
  function parse(id: string, value: unknown): OutgoingHook | undefined {
    const stored = STORED.safeParse(value);
    return stored.success ? presentFields({ id, ...stored.data }) : undefined;
  }
  const find = (id: string): OutgoingHook | undefined => parse(id, control.get(HOOK_PREFIX + id));

  /** A webhook. Throws `not-found`. */
  function require(id: string): OutgoingHook {
    const hook = find(id);
    if (!hook) throw new KabarError("not-found", `There is no webhook "${id.slice(0, 60)}".`);
    return hook;
  }

  async function change(id: string, fields: Partial<OutgoingHook>, cause: Cause): Promise<OutgoingHook> {
    const { id: _, ...stored } = { ...require(id), ...fields };
    await control.set(HOOK_PREFIX + id, stored, cause);
    return { id, ...stored };
  }

  const list = (): OutgoingHook[] =>
    control.list(HOOK_PREFIX).flatMap(([id, value]) => parse(id, value) ?? []);

  return {
    find,
    require,
    list,

    /** Whether there is a webhook. Cheap: called at every change of the control topic. */
    isEmpty: (): boolean => control.list(HOOK_PREFIX).length === 0,

    /** The secret that signs what the webhook receives. */
    secretOf: (id: string): string => hookSecret(serverSecret, id),

    /** Creates a webhook that begins after the place `from`. Throws `rate-limited` when there are too many. */
    async make(wanted: NewHook, from: number, cause: Cause): Promise<OutgoingHook> {
      if (control.list(HOOK_PREFIX).length >= MAX_HOOKS)
        throw new KabarError("rate-limited", `A server has at most ${MAX_HOOKS} webhooks. Delete one first.`);
      const id = randomHex(6);
      const hook = { ...presentFields(wanted), madeAt: now(), isPaused: false, turn: 0, from };
      await control.set(HOOK_PREFIX + id, hook, cause);
      return { id, ...hook };
    },

    /** Deletes a webhook. Throws `not-found`. */
    async remove(id: string, cause: Cause): Promise<void> {
      require(id);
      await control.set(HOOK_PREFIX + id, null, cause);
    },

    /** Pauses a webhook; it keeps its place. Throws `not-found`. */
    pause: (id: string, cause: Cause): Promise<OutgoingHook> => change(id, { isPaused: true }, cause),

    /** Lets a webhook go on after the place `from`. Throws `not-found`. */
    resume: (id: string, from: number, cause: Cause): Promise<OutgoingHook> =>
      change(id, { isPaused: false, from, turn: require(id).turn + 1 }, cause),

    /** Calls `listener` when a webhook is made, changed or deleted. */
    onChange(listener: (id: string) => void): void {
      control.onChange((key) => {
        if (key.startsWith(HOOK_PREFIX)) listener(key.slice(HOOK_PREFIX.length));
      });
    },
  };
}
