/** Loads what only panels need: on large screens the handle that changes their size, on small ones the back button. */
import type { Kit } from "../../chat/kit.ts";

/** The same condition as in panel.css. */
const SMALL = "(max-width: 559px), (max-height: 479px)";

/** Loads each part when the screen first asks for it; returns the function that ends them. */
export function bindPanelWays(kit: Kit): () => void {
  if (!kit.host.matches("[mode=panel]")) return () => undefined;
  const small = matchMedia(SMALL);
  const ends: Partial<Record<"size" | "back", Promise<() => void>>> = {};
  function load(): void {
    if (small.matches) ends.back ??= import("./panel-back.ts").then(({ bindBack }) => bindBack(kit, small));
    else ends.size ??= import("./panel-size.ts").then(({ bindPanelSize }) => bindPanelSize(kit));
    for (const end of Object.values(ends)) end.catch(() => undefined);
  }
  small.addEventListener("change", load);
  load();
  return () => {
    small.removeEventListener("change", load);
    for (const end of Object.values(ends))
      end.then(
        (stop) => stop(),
        () => undefined,
      );
  };
}
