/** Opens the moderator's menu of a user or message over a view, so that it stays while the list behind it changes. */
import { type ComponentChild, type ComponentType, h } from "preact";
import { useState } from "preact/hooks";
import type { ModerateDialogProps } from "./moderate-dialog.tsx";
import type { ViewProps } from "./shell.tsx";

/** Whom and what the menu is about. */
export type Moderated = Omit<ModerateDialogProps, "onClose">;

/** The menu of a view: `open` opens it, `menu` is drawn at the view's end. */
export function useModerateMenu(run: ViewProps["run"]): {
  open: (moderated: Moderated) => void;
  menu: ComponentChild;
} {
  const [moderated, setModerated] = useState<Moderated>();
  const [loaded, setLoaded] = useState<{ Menu: ComponentType<ModerateDialogProps> }>();
  const open = (next: Moderated): void => {
    setModerated(next);
    if (!loaded)
      void run(undefined, async () =>
        setLoaded({ Menu: (await import("./moderate-dialog.tsx")).ModerateDialog }),
      );
  };
  const menu =
    moderated && loaded ? <loaded.Menu {...moderated} onClose={() => setModerated(undefined)} /> : null;
  return { open, menu };
}
