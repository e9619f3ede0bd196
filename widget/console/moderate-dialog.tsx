/**
 * The moderator's menu for one user in a topic, and for one of the user's messages: everything that the chat's own menu has, with how long and
 * why. Its words are those of the chat. A chunk of its own, loaded when it is first opened.
 */
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ModerationAct } from "../../src/model.ts";
import { wordsIn } from "../words/moderation-languages.ts";
import { english, type ModWords } from "../words/moderation-words.ts";
import { Dialog } from "./bits.tsx";
import type { Act } from "./message-line.tsx";
import { words } from "./speech.ts";

type Action = "timeout" | "ban" | "shadow" | "remove-all" | "pin";

/** A sanction without end, as the value of a choice. */
const FOREVER = "";
const MAX_REASON_CHARS = 500;

export interface ModerateDialogProps {
  user: { id: string; name?: string };
  /** The offset of the message; absent for the user alone. */
  target?: number | undefined;
  act: Act;
  onClose: () => void;
}

/** Draws the dialog once its words are there. */
export function ModerateDialog(props: ModerateDialogProps) {
  const [mod, setMod] = useState<ModWords>();
  useEffect(() => {
    wordsIn(words.lang).then(
      (own) => setMod(own ?? english),
      () => setMod(english),
    );
  }, []);
  return mod ? <Menu {...props} mod={mod} /> : null;
}

function Menu({ user, target, act, onClose, mod }: ModerateDialogProps & { mod: ModWords }) {
  const [action, setAction] = useState<Action>("timeout");
  const name = user.name ?? user.id;
  const isTimed = action === "timeout" || action === "ban";
  const actions: [Action, string][] = [
    ["timeout", mod.mute],
    ["ban", mod.ban],
    ["shadow", words.inbox.acts.shadow],
    ["remove-all", mod.removeAll],
    ...(target === undefined ? [] : [["pin", mod.pin] as [Action, string]]),
  ];
  const lengths =
    action === "timeout" ? Object.entries(mod.mutes) : [...Object.entries(mod.bans), [FOREVER, mod.forever]];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [length, why] = ["length", "why"].map((field) => String(form.get(field) ?? "").trim());
    const body = {
      action,
      ...(action === "pin" ? { target, on: true } : { user: user.id }),
      ...(action === "shadow" ? { on: true } : {}),
      ...(isTimed && length ? { seconds: Number(length) } : {}),
      ...(action === "ban" && form.has("address") ? { address: true } : {}),
      ...(why ? { why } : {}),
    } as ModerationAct;
    onClose();
    void act(body, `${mod.said[action](name)}.`);
  };
  return (
    <Dialog title={mod.person(name)} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <select
          aria-label={mod.title}
          value={action}
          onChange={({ currentTarget }) => setAction(currentTarget.value as Action)}
        >
          {actions.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        {isTimed && (
          <select key={action} name="length" aria-label={action === "ban" ? mod.ban : mod.mute}>
            {lengths.map(([seconds, text]) => (
              <option key={seconds} value={seconds} selected={seconds === "600" || seconds === FOREVER}>
                {text}
              </option>
            ))}
          </select>
        )}
        {action === "ban" && (
          <label class="choice">
            <input type="checkbox" name="address" /> {mod.address}
          </label>
        )}
        {isTimed && (
          <div>
            <label for="moderate-why">{mod.why}</label>
            <input id="moderate-why" name="why" maxLength={MAX_REASON_CHARS} dir="auto" autocomplete="off" />
          </div>
        )}
        <button class={`button${action === "pin" ? "" : " danger"}`} type="submit">
          {mod.title}
        </button>
      </form>
    </Dialog>
  );
}
