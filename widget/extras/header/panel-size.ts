/**
 * Size of a panel, loaded for panels beside the page: a handle in the panel's free corner changes width and height with the
 * pointer or the arrow keys. The size is kept with the preferences; Home and a double click return to the page's own.
 */
import type { Kit } from "../../chat/kit.ts";
import css from "./panel-size.css";

const LEAST = { width: 300, height: 360 };
const STEP_PX = 16;

/** Reads a stored size, which any script of the page's origin may have written. */
function parse(text: unknown): [width: number, height: number] | undefined {
  const [, width, height] = /^(\d{3,4})x(\d{3,4})$/.exec(`${text}`) ?? [];
  return width && height ? [Number(width), Number(height)] : undefined;
}

/** Adds the handle and applies the stored size, until the returned function is called. */
export function bindPanelSize({ root, host, wear, client: { keeper }, words }: Kit): () => void {
  const handle = document.createElement("button");
  const unwear = wear(css);
  handle.type = "button";
  handle.setAttribute("part", "resize");
  handle.ariaLabel = handle.title = words.resize;
  handle.setAttribute("aria-keyshortcuts", "ArrowUp ArrowDown ArrowLeft ArrowRight Home");

  /** Sets the size; without one, the page's own. The style sheet keeps it within the window. */
  function apply(size?: readonly [number, number]): void {
    const [width, height] = size ?? [];
    root.style.setProperty("--kabar-width", width ? `${Math.max(LEAST.width, width)}px` : null);
    root.style.setProperty("--kabar-height", height ? `${Math.max(LEAST.height, height)}px` : null);
  }
  function save(isOwn: boolean): void {
    const { size: _, ...prefs } = keeper.record.prefs ?? {};
    keeper.consent();
    const { offsetWidth, offsetHeight } = root;
    keeper.save({ prefs: isOwn ? { ...prefs, size: `${offsetWidth}x${offsetHeight}` } : prefs });
  }
  function reset(): void {
    apply();
    save(false);
  }
  /** Whether the handle is on the left: the panel then grows to the left. */
  const isOnLeft = () => host.matches("[position$=start]") === root.matches(":dir(rtl)");

  handle.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    const { offsetWidth: width, offsetHeight: height } = root;
    const sign = isOnLeft() ? -1 : 1;
    const { clientX: x, clientY: y } = event;
    handle.onpointermove = ({ clientX, clientY }) =>
      apply([Math.round(width + sign * (clientX - x)), Math.round(height + y - clientY)]);
    handle.onpointerup = handle.onpointercancel = () => {
      handle.onpointermove = handle.onpointerup = handle.onpointercancel = null;
      if (root.offsetWidth !== width || root.offsetHeight !== height) save(true);
    };
  };
  handle.ondblclick = reset;
  handle.onkeydown = (event) => {
    const outwards = isOnLeft() ? 1 : -1;
    const [dx, dy] = {
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
      ArrowLeft: [outwards, 0],
      ArrowRight: [-outwards, 0],
    }[event.key] ?? [0, 0];
    if (event.key === "Home") reset();
    else if (dx || dy) {
      apply([root.offsetWidth + (dx ?? 0) * STEP_PX, root.offsetHeight + (dy ?? 0) * STEP_PX]);
      save(true);
    } else return;
    event.preventDefault();
  };
  apply(parse(keeper.record.prefs?.size));
  root.append(handle);
  return () => {
    handle.remove();
    unwear();
  };
}
