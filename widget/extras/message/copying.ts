/**
 * What goes in and out through the clipboard besides text of one message: several messages are copied as a line each, with
 * name and time; files, which can't be sent, are answered with a sentence, and a dropped one does not replace the page.
 */
import type { Kit } from "../../chat/kit.ts";

/** The selected stretch, also inside of a shadow root, where each engine has its own way to it. */
function selected(root: ShadowRoot): StaticRange | undefined {
  const own = (root as { getSelection?: () => Selection | null }).getSelection?.();
  if (own?.rangeCount) return own.getRangeAt(0);
  const selection = getSelection() as
    (Selection & { getComposedRanges?: (options: { shadowRoots: ShadowRoot[] }) => StaticRange[] }) | null;
  if (!selection?.rangeCount) return undefined;
  return selection.getComposedRanges?.({ shadowRoots: [root] })[0] ?? selection.getRangeAt(0);
}

/** Listens; returns how to stop it. */
export function bindCopying({ root, tell_: tell, words }: Kit): () => void {
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
      const said = part.toString().trim();
      return said ? `${text.closest("article")?.ariaLabel}: ${said}` : [];
    });
    event.clipboardData?.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  }

  const canWrite = () => root.querySelector("[part=input]");
  /** Copied from a table or a document there is a picture, too, and the text is what counts. */
  function onPaste({ clipboardData }: ClipboardEvent): void {
    if (canWrite() && clipboardData?.files.length && !clipboardData.types.includes("text/plain"))
      tell(words.noFiles);
  }
  function onDrag(event: DragEvent): void {
    if (!canWrite() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") tell(words.noFiles);
  }
  root.addEventListener("copy", onCopy, { signal });
  root.addEventListener("paste", onPaste, { signal });
  root.addEventListener("dragover", onDrag, { signal });
  root.addEventListener("drop", onDrag, { signal });
  return () => stop.abort();
}
