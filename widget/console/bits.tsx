/** Small parts of views: times, sizes, a line to copy, a dialog. Every text reaches the page as a text node. */
import { type ComponentChildren, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A time from here, such as "3 minutes ago". */
export function fromNow(at: number, now: number = Date.now()): string {
  const ms = at - now;
  const size = Math.abs(ms);
  if (size < MINUTE_MS) return ms > 0 ? "in a minute" : "just now";
  if (size < 60 * MINUTE_MS) return relative.format(Math.trunc(ms / MINUTE_MS), "minute");
  if (size < DAY_MS) return relative.format(Math.trunc(ms / (60 * MINUTE_MS)), "hour");
  return relative.format(Math.trunc(ms / DAY_MS), "day");
}

/** Whether a number is a time that a Date can hold. */
const isTime = (at: number): boolean => !Number.isNaN(new Date(at).getTime());

/** Draws a time in words, with the full date as a tooltip. */
export const When = ({ at }: { at: number }) =>
  isTime(at) ? (
    <time dateTime={new Date(at).toISOString()} title={full.format(at)}>
      {fromNow(at)}
    </time>
  ) : (
    <span>at an unknown time</span>
  );

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** A number of bytes for people, such as "1.4 GB". */
export function inBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** A number for people: whole, or with one digit below ten. */
export const inNumber = (value: number): string =>
  (Number.isInteger(value) || value >= 10 ? Math.round(value) : Number(value.toFixed(1))).toLocaleString(
    "en",
  );

/** Characters of a line to copy that are sure to fit beside its button, on a phone too. */
const LINE_CHARS = 40;

/** Draws a text with a button that copies it. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
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
      <textarea
        ref={field}
        readOnly
        rows={Math.min(6, Math.ceil(text.length / LINE_CHARS))}
        aria-label={label}
        value={text}
      />
      <button class="plain" type="button" onClick={() => void copy()}>
        {isCopied ? "Copied" : "Copy"}
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
        <button class="plain" type="button" aria-label="Close" onClick={() => dialog.current?.close()}>
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
          Type <code>{name}</code> to go on
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
