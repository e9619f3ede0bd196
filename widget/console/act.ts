/** Acts of moderation through the admin API, and what takes each back. */
import type { ModerationAct } from "../../src/model.ts";
import { ask, part } from "./ask.ts";
import type { Outcome } from "./shell.tsx";

/** Seconds of the mute that one key gives. */
export const MUTE_S = 600;

/**
 * Performs an act in a topic, then `reload`. Resolves to `text` with the act that takes it back, where the server can; `reload` follows
 * that too. Throws Refusal.
 */
export async function moderate(
  topic: string,
  act: ModerationAct,
  text: string,
  reload: () => Promise<void> = async () => {},
): Promise<Outcome> {
  const perform = async (body: ModerationAct): Promise<ModerationAct | undefined> => {
    const path = `topics/${part(topic)}/moderate`;
    const { undo } = await ask<{ undo?: ModerationAct }>("POST", path, body);
    await reload();
    return undo;
  };
  const undo = await perform(act);
  return { text, undo: undo && (() => perform(undo)) };
}
