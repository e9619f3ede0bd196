/** What moderators may do with a message and its author, loaded when a moderator first asks for it. */
import type { ComponentChildren, h as H } from "preact";
import type { Message, ModerationAct } from "../src/model.ts";
import type { Words } from "./words.ts";

/** Draws the menu; `act` carries out what was chosen. */
export function drawMenu(
  h: typeof H,
  { menu }: Words,
  { user, offset, pinned, removed }: Message,
  act: (act: ModerationAct) => void,
): ComponentChildren {
  const button = (label: string, chosen: ModerationAct, name = label) =>
    h("button", { type: "button", part: "action", "aria-label": name, onClick: () => act(chosen) }, label);
  const mute = (label: string, seconds: number) =>
    button(label, { action: "timeout", user: user.id, seconds }, `${menu.timeout} ${label}`);
  return [
    !removed && button(menu.remove, { action: "remove", target: offset }),
    !removed && button(pinned ? menu.unpin : menu.pin, { action: "pin", target: offset, on: !pinned }),
    h("span", null, menu.timeout),
    mute(menu.minute, 60),
    mute(menu.ten, 600),
    mute(menu.hour, 3_600),
    mute(menu.day, 86_400),
    button(menu.ban, { action: "ban", user: user.id }, `${menu.ban} ${user.name}`),
  ];
}
