/** Form that reports a message to the moderators; loaded when a user first opens it. */
import type { ComponentChildren, h as H } from "preact";
import type { Words } from "../../words/later-words.ts";

/** Draws the form; `send` receives the reason, which may be empty. */
export function drawReport(
  h: typeof H,
  { report, cancel }: Words,
  send: (why: string) => void,
  close: () => void,
): ComponentChildren {
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    send((form[0] as HTMLInputElement).value.trim());
  };
  return (
    <form class="report" onSubmit={onSubmit}>
      <input class="why" aria-label={report.why} placeholder={report.why} maxLength={500} />
      <button type="submit" part="action">
        {report.send}
      </button>
      <button type="button" part="action" onClick={close}>
        {cancel}
      </button>
    </form>
  );
}
