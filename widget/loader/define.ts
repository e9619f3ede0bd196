/** Defines `<kabar-chat>` once a page, however often the script is included. */
import { KabarChat } from "./element.ts";
import type { Home } from "./contract.ts";

/** Defines the element; `home` is used if this is the first script to do so. */
export function define(home: Home): void {
  if (customElements.get("kabar-chat")) return;
  KabarChat.home = home;
  customElements.define("kabar-chat", KabarChat);
}
