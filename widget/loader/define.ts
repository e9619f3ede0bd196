/**
 * Gives `<kabar-chat>` its name, once a page: a script that is included twice, or from two servers, finds the
 * element there already and uses it.
 */
import { KabarChat } from "./element.ts";
import type { Home } from "./contract.ts";

/** Defines the element; `home` is used if this is the first script to do so. */
export function define(home: Home): void {
  if (customElements.get("kabar-chat")) return;
  KabarChat.home = home;
  customElements.define("kabar-chat", KabarChat);
}
