/**
 * States of webhooks: the place in the feed, the failures and the last deliveries of each. Kept in a reserved topic, in which the
 * newest entry of a hook is its state, so that another node, or the next start, goes on where this one ended.
 */
import type { MessageLog } from "../log/log.ts";

const STATES_TOPIC = "$hooks";
const STATES_USER = "hooks";
/** Entries after which the topic is written anew. */
const COMPACT_AFTER = 500;
/** Deliveries of a hook that are remembered. */
const MAX_DELIVERIES = 20;

/** An attempt to send an event. */
export interface Delivery {
  /** The event's id and type. */
  id: string;
  type: string;
  /** In milliseconds since 1970. */
  at: number;
  attempt: number;
  /** The status of the answer; missing where none came. */
  status?: number;
  error?: string;
  /** Milliseconds until the answer. */
  ms: number;
}

export interface HookState {
  /** The turn of the hook that this state belongs to. */
  turn: number;
  /** The place in the feed up to which everything is sent. */
  place: number;
  /** Failed attempts in a row, the time of the first, and the time of the next attempt (milliseconds since 1970). */
  attempts: number;
  failingSince?: number;
  nextAt?: number;
  /** Why the server has paused the hook. */
  stopped?: { at: number; why: string };
  /** Newest first. */
  deliveries: Delivery[];
}

/** The state of a webhook now: begun anew after a resume or a replay. */
export function currentState(
  { turn, from }: { turn: number; from: number },
  state: HookState | undefined,
): HookState {
  if (state?.turn === turn) return state;
  return { turn, place: from, attempts: 0, deliveries: state?.deliveries ?? [] };
}

/** A state with one more delivery. */
export const withDelivery = (state: HookState, delivery: Delivery): HookState => ({
  ...state,
  deliveries: [delivery, ...state.deliveries].slice(0, MAX_DELIVERIES),
});

/** The states in the log. */
export async function readStates(log: MessageLog): Promise<Map<string, HookState>> {
  const states = new Map<string, HookState>();
  for (let after = 0; ;) {
    const page = await log.read(STATES_TOPIC, { after, limit: COMPACT_AFTER });
    for (const { body } of page) {
      const { hook, state } = JSON.parse(body) as { hook: string; state: HookState | null };
      if (state) states.set(hook, state);
      else states.delete(hook);
    }
    after = page.at(-1)?.offset ?? after;
    if (page.length < COMPACT_AFTER) return states;
  }
}

export type HookStates = Awaited<ReturnType<typeof openStates>>;

/** Reads the states, and keeps them: one node at a time does. */
export async function openStates(log: MessageLog) {
  const states = await readStates(log);
  const unsaved = new Set<string>();
  let saving: Promise<void> | undefined;

  const append = async (hook: string): Promise<number> => {
    const body = JSON.stringify({ hook, state: states.get(hook) ?? null });
    const id = crypto.randomUUID();
    return (await log.append({ topic: STATES_TOPIC, userId: STATES_USER, id, body })).entry.offset;
  };

  async function saveAll(): Promise<void> {
    while (unsaved.size > 0) {
      const hooks = [...unsaved];
      unsaved.clear();
      try {
        const offsets = await Promise.all(hooks.map(append));
        const top = Math.max(...offsets);
        const { first } = await log.state(STATES_TOPIC);
        if (top - first < COMPACT_AFTER) continue;
        await Promise.all([...states.keys()].map(append));
        await log.trim(STATES_TOPIC, top);
      } catch (error) {
        for (const hook of hooks) unsaved.add(hook);
        throw error;
      }
    }
  }

  return {
    get: (hook: string): HookState | undefined => states.get(hook),

    /** The lowest place of all given hooks. */
    lowest: (hooks: readonly { id: string; turn: number; from: number }[]): number =>
      Math.min(...hooks.map((hook) => currentState(hook, states.get(hook.id)).place)),

    /** Sets a state that need not be saved: after a crash the hook looks again at what it does not want. */
    keep: (hook: string, state: HookState): void => void states.set(hook, state),

    /** Sets a state, or forgets it, and saves it soon: many changes at once become one entry. */
    set(hook: string, state: HookState | undefined): void {
      if (state) states.set(hook, state);
      else states.delete(hook);
      unsaved.add(hook);
      // A failure is tried again with the next change: what was sent meanwhile is sent again after a crash.
      saving ??= saveAll()
        .catch(() => undefined)
        .finally(() => {
          saving = undefined;
        });
    },

    /** Resolves when everything is saved, as far as the log can be written. */
    async saved(): Promise<void> {
      while (saving) await saving;
      await saveAll().catch(() => undefined);
    },
  };
}
