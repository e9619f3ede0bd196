/** Puts text into the composer as if it were typed, so that Ctrl+Z takes it back. */

/** Replaces a range of a field and focuses the field. */
export function insertInto(field: HTMLTextAreaElement, text: string, from: number, to: number): void {
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
  // `execCommand` is deprecated, but only it reaches the undo history. It types into the focused field, which may be the page's.
  const isTyped =
    field.matches(":focus") && document.execCommand(text ? "insertText" : "delete", false, text);
  if (!isTyped) {
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input"));
  }
  // Moving the caret ends the undo step, so that Ctrl+Z undoes later typing separately.
  const end = from + text.length;
  const { scrollTop } = field;
  field.setSelectionRange(0, 0);
  field.setSelectionRange(end, end);
  field.scrollTop = end < field.value.length ? scrollTop : field.scrollHeight;
}
