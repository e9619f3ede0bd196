/**
 * Commands about one message: react, delete, report, copy its text or its link. A failure is shown above the composer;
 * nothing is shown as done before the server has confirmed it.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";

export type MessageCommands = ReturnType<typeof createMessageCommands>;

/** Creates the commands of one chat. */
export function createMessageCommands(kit: Kit) {
  const { command_: command, makeId, showNotice_: showNotice, showFailure_: showFailure, words } = kit;

  /** The address of a message in the transcript, among its neighbours. */
  const linkTo = ({ topic, offset }: Message): string =>
    `${kit.server}/t/${encodeURIComponent(topic)}?at=${offset}#m${offset}`;
  function copy(text: string): void {
    navigator.clipboard.writeText(text).then(() => showNotice(words.copied), showFailure);
  }

  return {
    /** Adds the user's reaction, or takes it back. */
    react({ topic, offset, reactions }: Message, emoji: string): void {
      const on = !reactions?.[emoji]?.includes(kit.state().me?.id ?? "");
      command("react", { topic, messageId: makeId(), target: offset, emoji, on }).catch(showFailure);
    },
    /** Clicks on a button of a message. Rejects after the failure is shown. */
    click: ({ topic, offset }: Message, action: number): Promise<unknown> =>
      command("click", { topic, messageId: makeId(), target: offset, action }).catch((error: Error) => {
        showFailure(error);
        throw error;
      }),
    remove({ topic, offset }: Message): void {
      command("remove", { topic, messageId: makeId(), target: offset }).catch(showFailure);
    },
    /** Reports a message to the moderators; `why` may be empty. */
    report({ topic, offset }: Message, why: string): void {
      const fields = { topic, target: offset, ...(why && { why }) };
      command("report", fields).then(() => showNotice(words.report.done), showFailure);
    },
    copyText: ({ text }: Message): void => copy(text),
    copyLink: (message: Message): void => copy(linkTo(message)),
  };
}
