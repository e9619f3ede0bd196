/** Acts of moderation through the admin API, and what takes each back. */
import type { ModerationAct } from "../../src/model.ts";
import { ask, part } from "./ask.ts";
import type { Outcome } from "./shell.tsx";

/** Seconds of the mute that one key gives. */
export const MUTE_S = 600;

/** Performs an act in a topic. Resolves to `text` with the act that takes it back, where the server can. Throws Refusal. */
export async function moderate(topic: string, act: ModerationAct, text: string): Promise<Outcome> {
  const send = (body: ModerationAct) =>
    ask<{ undo?: ModerationAct }>("POST", `topics/${part(topic)}/moderate`, body);
  const { undo } = await send(act);
  return { text, undo: undo && (() => send(undo)) };
}
