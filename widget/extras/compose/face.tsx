/**
 * The user's avatar at the beginning of the composer, where the avatars of the messages stand: it shows under which name the
 * next message goes out, and a guest chooses another name with it. The form is loaded when it is first opened.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import { glyphOf } from "../message/guest-glyphs.ts";

/** Draws the glyph of a guest's made-up name; undefined for any other name. */
export function drawGlyph(name: string): ComponentChildren {
  const glyph = glyphOf(name);
  return glyph && <span class="glyph">{glyph}</span>;
}

/** Creates the avatar of one chat's composer. */
export function createFace(kit: Kit) {
  const { root, client, state, strings_: strings, focusComposer, redraw_: redraw } = kit;
  const { initials_: initials, hueOf_: hueOf } = kit;
  let isNaming = false;

  /** Opens the form; the button gets the focus back when no name was chosen. */
  async function ask(button: HTMLElement): Promise<void> {
    const { askName } = await import("../../chat/name-form.ts");
    const place = root.querySelector<HTMLElement>(".naming");
    if (isNaming || !place) return;
    isNaming = true;
    redraw();
    askName(place, state().me?.name ?? "", strings, client.rename, (isNamed) => {
      isNaming = false;
      redraw();
      if (isNamed) focusComposer();
      else button.focus({ preventScroll: true });
    });
  }

  return {
    drawFace_(): ComponentChildren {
      const { me } = state();
      if (!me) return undefined;
      const { id, name, role } = me;
      const face = {
        part: "face",
        title: name,
        style: { "--_hue": hueOf(id) },
      };
      const picture = drawGlyph(name) ?? initials(name);
      return role === "guest" ? (
        <Button
          {...face}
          aria-label={strings.rename}
          aria-expanded={isNaming}
          onClick={({ currentTarget }: Event) => void ask(currentTarget as HTMLElement)}
        >
          <span>{picture}</span>
        </Button>
      ) : (
        <div {...face} aria-hidden="true">
          <span>{picture}</span>
        </div>
      );
    },
    /** The place of the form, above the composer. */
    drawNaming: (): ComponentChildren => <div key="naming" class="naming" />,
  };
}
