/** Tells the list which row is under the pointer: that row shows its toolbar. */
import type { Kit } from "../../chat/kit.ts";

/** Follows the pointer; returns the function that stops following. */
export function bindPointing({ root, timeline_: timeline }: Kit): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let near: string | undefined;

  function point(at: Element | null): void {
    const key = at ? timeline()?.rowAt_(at)?.key : undefined;
    if (key === near) return;
    near = key;
    timeline()?.setState({ nearKey_: key });
  }
  function onPoint({ type, target, pointerType }: PointerEvent): void {
    // A finger does not hover: the toolbar would appear under it and take the press.
    const isOver = type === "pointerover" && pointerType !== "touch";
    point(isOver ? (target as Element) : null);
  }
  // The pointer may have come before this chunk.
  if (matchMedia("(hover: hover)").matches) point(root.querySelector("li:hover"));
  root.addEventListener("pointerover", onPoint, { signal });
  root.addEventListener("pointerleave", onPoint, { signal });
  return () => stop.abort();
}
