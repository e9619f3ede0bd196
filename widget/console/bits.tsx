/** Small parts of views: times, sizes, a line to copy, a dialog. Every text reaches the page as a text node. */
import { type ComponentChildren, Fragment, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { fromNow, inFull, words } from "./speech.ts";

/** Whether a number is a time that a Date can hold. */
const isTime = (at: number): boolean => !Number.isNaN(new Date(at).getTime());

/** Draws a time in words, with the full date as a tooltip; `say` puts it into a sentence. */
export const When = ({ at, say = (when) => when }: { at: number; say?: (when: string) => string }) =>
  isTime(at) ? (
    <time dateTime={new Date(at).toISOString()} title={inFull(at)}>
      {say(fromNow(at))}
    </time>
  ) : (
    <span>{words.common.unknownTime}</span>
  );

/** Draws a text with elements at its places: `{name}` is where `parts.name` stands. */
export const Filled = ({
  text,
  parts,
}: {
  text: string;
  parts: Readonly<Record<string, ComponentChildren>>;
}) => <Fragment>{text.split(/\{(\w+)\}/).map((piece, i) => (i % 2 === 1 ? parts[piece] : piece))}</Fragment>;

/** Draws why something failed; the words may be the server's, which are English. */
export const Trouble = ({ text }: { text: string | undefined }) =>
  text ? (
    <p class="trouble" dir="auto">
      {text}
    </p>
  ) : null;

/** Draws a text with a button that copies it. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  // As high as its lines are, which differ by font and width.
  useEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = "auto";
    current.style.height = `${current.scrollHeight + current.offsetHeight - current.clientHeight}px`;
  }, [text]);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Without https browsers have no clipboard for pages: the text is selected, and a key copies it.
      setCopied(false);
    }
  };
  return (
    <div class="copy">
      <textarea ref={field} readOnly rows={1} aria-label={label} value={text} />
      <button class="plain" type="button" onClick={() => void copy()}>
        {isCopied ? words.common.copied : words.common.copy}
      </button>
    </div>
  );
}

/** Draws a modal dialog; Escape and the button close it, and the focus returns to where it was. */
export function Dialog({
  title,
  children,
  onClose,
}: {
  title: string;
  children: ComponentChildren;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <div class="head">
        <h2 id="dialog-title">{title}</h2>
        <button
          class="plain"
          type="button"
          aria-label={words.common.close}
          onClick={() => dialog.current?.close()}
        >
          ✕
        </button>
      </div>
      {children}
    </dialog>
  );
}

/** Draws the dialog of an act that cannot be taken back: its object has to be typed. */
export function ConfirmDialog({
  title,
  text,
  name,
  onConfirm,
  onClose,
}: {
  title: string;
  text: string;
  name: string;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState("");
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          onConfirm();
        }}
      >
        <p>{text}</p>
        <label for="confirm">
          <Filled text={words.common.typeToConfirm} parts={{ name: <code dir="auto">{name}</code> }} />
        </label>
        <div class="line">
          <input
            id="confirm"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
          <button class="button danger" type="submit" disabled={typed !== name}>
            {title}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Saves a response as a file. */
export async function saveAs(name: string, response: Response): Promise<void> {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
