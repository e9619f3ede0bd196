/**
 * `kabar/element`: defines `<kabar-chat>` for pages that are bundled; the chat's chunks come with the package.
 * An element without the attribute `server` uses the page's own server. Exports types only: docs/WIDGET.md lists attributes,
 * methods and events. Where there is no DOM, the package's `exports` name an empty module instead.
 */
import { define } from "../loader/element.ts";

define({ server: location.origin, loadCore_: () => import("../core.ts") });

export type { KabarEvents } from "../loader/element-events.ts";
export type { KabarChat } from "../loader/element.ts";
