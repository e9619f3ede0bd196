/**
 * Decides which messages are signalled, and loads the signals with the first one: messages that the user does not see, and
 * those that mention them. Also shows the page's line over a closed launcher.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { Notice } from "../../client/client-events.ts";
import type { Preferences } from "../header/preferences.ts";
import { drawCross } from "../header/sheet.ts";
import type { Attention } from "./attention.ts";

export type Signals = ReturnType<typeof createSignals>;

/** Creates the signals of one chat, and signals what came while this chunk was being loaded. */
export function createSignals(kit: Kit, preferences: Preferences, mentionsMe: (message: Message) => boolean) {
  const { host, root, client, topic: now } = kit;
  let attention: Promise<Attention> | undefined;

  /** Runs with the signals once they are loaded; a chunk that cannot be loaded signals nothing. */
  function use(run: (signals: Attention) => void): void {
    attention ??= import("./attention.ts").then(({ createAttention }) =>
      createAttention(kit, preferences, mentionsMe, drawCross),
    );
    attention.then(run, () => undefined);
  }
  function signal({ message, topic, mine, historical }: Notice & { type: "message" }): void {
    if (topic !== now()?.topic || mine || historical) return;
    if (!document.hidden && !root.hidden && !mentionsMe(message)) return;
    const isHidden = document.hidden;
    use(({ signal }) => signal(message, isHidden));
  }
  function signalMissed(): void {
    const t = now();
    for (const message of t?.messages ?? [])
      if (t && !message.growing && message.offset > Math.max(t.liveFrom, t.readTo)) {
        const mine = message.user.id === client.state.me?.id;
        signal({ type: "message", topic: t.topic, message, mine, historical: false });
      }
  }
  /** Shows the page's line, until the user has closed it once. */
  function tease(): void {
    const { keeper } = client;
    const text = host.getAttribute("teaser");
    if (!text || host.opened || keeper.record.prefs?.teaser === text) return;
    use(({ tease_: show }) =>
      show(text, () => {
        keeper.consent();
        keeper.save({ prefs: { ...keeper.record.prefs, teaser: text } });
      }),
    );
  }
  signalMissed();
  tease();

  return {
    signal_: signal,
    /** Counts anew, after the preferences have changed. */
    apply_: (): void => {
      if (attention) use(({ count_: count }) => count());
    },
    stop_: (): void => {
      if (attention) use(({ stop_: stop }) => stop());
    },
  };
}
