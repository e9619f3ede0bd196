/**
 * Writes a posting part by part: the first title becomes the message's title, every later one a line of its own. For payloads
 * that have several titles, links and pictures in one message.
 */
import { cleanHeading } from "../formats.ts";
import { cleanAddress, MAX_ACTIONS, MAX_LABEL_CHARS } from "../message-fields.ts";
import type { MessageAction } from "../model.ts";
import type { Posting } from "./posting.ts";
import { withAddress } from "./posting.ts";

export type PostingWriter = ReturnType<typeof writePosting>;

/** Begins a posting. */
export function writePosting() {
  const actions: MessageAction[] = [];
  const posting: Posting & { actions: MessageAction[] } = { lines: [], actions };
  const add = (line: string): void => {
    if (line.trim() !== "") posting.lines.push(line);
  };

  return {
    posting,

    /** Adds a part of the text; nothing for an empty one. */
    add,

    /** Adds a title with the address that it leads to. */
    addTitle(title: string, address: string): void {
      const isLink = cleanAddress(address) !== undefined && posting.link === undefined;
      if (posting.title === undefined && title !== "") {
        posting.title = title;
        if (isLink) posting.link = address;
        else add(address);
        return;
      }
      if (title === "" && isLink) posting.link = address;
      else add(title === "" ? address : withAddress(`**${title}**`, address));
    },

    /** Adds a name with a value. */
    addField(name: string, value: string): void {
      if (name === "" || value === "") add(name || value);
      else add(`**${name}:** ${value}`);
    },

    /** Adds a picture or a file, by its name and its address. */
    addFile: (name: string, address: string): void => add(withAddress(name, address)),

    /** Adds a button: one that leads to an address as the message's, or as a line; any other as a line with a word about it. */
    addButton(label: string, address: string): void {
      const [name, url] = [cleanHeading(label, MAX_LABEL_CHARS), cleanAddress(address)];
      if (name !== undefined && url !== undefined && actions.length < MAX_ACTIONS)
        actions.push({ type: "view", label: name, url });
      else if (address !== "") add(withAddress(label, address));
      else if (label !== "") add(`[${label}] (this button works only where the message comes from)`);
    },
  };
}
