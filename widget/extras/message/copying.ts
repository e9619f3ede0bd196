/**
 * Copies several selected messages as one line each, with name and time, and answers files with a sentence. Files cannot
 * be sent, and a dropped file does not replace the page.
 */
import type { Kit } from "../../chat/kit.ts";

/** Returns the selected range, also inside a shadow root, where each engine has its own function for it. */
function selected(root: ShadowRoot): StaticRange | undefined {
  const own = (root as { getSelection?: () => Selection | null }).getSelection?.();
  if (own?.rangeCount) return own.getRangeAt(0);
  const selection = getSelection() as
    (Selection & { getComposedRanges?: (options: { shadowRoots: ShadowRoot[] }) => StaticRange[] }) | null;
  if (!selection?.rangeCount) return undefined;
  return selection.getComposedRanges?.({ shadowRoots: [root] })[0] ?? selection.getRangeAt(0);
}

/** Listens for copy, paste and drop; returns the function that stops listening. */
export function bindCopying({ root, showNotice_: showNotice, words }: Kit): () => void {
  const stop = new AbortController();
  const { signal } = stop;

  function onCopy(event: ClipboardEvent): void {
    const chosen = selected(root.getRootNode() as ShadowRoot);
    if (!chosen || event.defaultPrevented) return;
    const range = document.createRange();
    range.setStart(chosen.startContainer, chosen.startOffset);
    range.setEnd(chosen.endContainer, chosen.endOffset);
    const texts = [...root.querySelectorAll<HTMLElement>("article [part=text]")].filter((text) =>
      range.intersectsNode(text),
    );
    if (texts.length < 2) return;
    const lines = texts.flatMap((text) => {
      const part = document.createRange();
      part.selectNodeContents(text);
      if (text.contains(chosen.startContainer)) part.setStart(chosen.startContainer, chosen.startOffset);
      if (text.contains(chosen.endContainer)) part.setEnd(chosen.endContainer, chosen.endOffset);
      const copied = part.toString().trim();
      return copied ? `${text.closest("article")?.ariaLabel}: ${copied}` : [];
    });
    event.clipboardData?.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  }

  const canWrite = () => root.querySelector("[part=input]");
  /** Tables and documents are copied with a picture beside the text; then the text is pasted. */
  function onPaste({ clipboardData }: ClipboardEvent): void {
    if (canWrite() && clipboardData?.files.length && !clipboardData.types.includes("text/plain"))
      showNotice(words.noFiles);
  }
  function onDrag(event: DragEvent): void {
    if (!canWrite() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") showNotice(words.noFiles);
  }
  root.addEventListener("copy", onCopy, { signal });
  root.addEventListener("paste", onPaste, { signal });
  root.addEventListener("dragover", onDrag, { signal });
  root.addEventListener("drop", onDrag, { signal });
  return () => stop.abort();
}
