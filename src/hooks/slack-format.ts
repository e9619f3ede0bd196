/**
 * Payloads of Slack's incoming webhooks, and of Mattermost's and others' that have their shape: text, attachments, blocks, name
 * and icon. Slack's own limits hold; what breaks them gets Slack's word for it.
 */
import { emojiNamed } from "./emoji-names.ts";
import { fromMrkdwn } from "./foreign-markup.ts";
import { type Loose, objectsOf, textAt, textOf, textsOf } from "./loose-json.ts";
import { type Posting, PostingError } from "./posting.ts";
import { type PostingWriter, writePosting } from "./posting-writer.ts";
import { addBlock } from "./slack-blocks.ts";

/** Slack's limits. */
const MAX_ATTACHMENTS = 100;
const MAX_BLOCKS = 50;
const MAX_FIELDS = 50;

/** Colours that stand for trouble: `danger`, and what tools send for it. */
const DANGER = /^(?:danger|#?(?:a30200|d00000|ff0000|e01e5a|dc3545|d63232|cc0000|f35a00|8b0000))$/i;
const MATTERMOST_PRIORITY: Record<string, number> = { important: 4, urgent: 5 };

/** The blocks of a payload or an attachment. Throws PostingError. */
function blocksOf(value: unknown): Loose[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new PostingError("invalid_blocks", "blocks: must be a list.");
  if (value.length > MAX_BLOCKS)
    throw new PostingError("invalid_blocks", `blocks: at most ${MAX_BLOCKS} are allowed.`);
  return objectsOf(value);
}

/** The attachments of a payload. Throws PostingError. */
function attachmentsOf(value: unknown): Loose[] {
  if (!Array.isArray(value)) return [];
  if (value.length > MAX_ATTACHMENTS)
    throw new PostingError("too_many_attachments", `At most ${MAX_ATTACHMENTS} attachments are allowed.`);
  return objectsOf(value);
}

/** Adds an attachment: what stands beside and in it, or its fallback where that is all it has. */
function addAttachment(out: PostingWriter, attachment: Loose): void {
  const before = out.posting.lines.length;
  const hadTitle = out.posting.title !== undefined;
  out.add(fromMrkdwn(textOf(attachment.pretext)));
  out.addFile(textOf(attachment.author_name), textOf(attachment.author_link));
  const title = fromMrkdwn(textOf(attachment.title));
  if (title !== "" || textOf(attachment.title_link) !== "")
    out.addTitle(title, textOf(attachment.title_link));
  out.add(fromMrkdwn(textOf(attachment.text)));
  const fields = objectsOf(attachment.fields);
  for (const field of fields.slice(0, MAX_FIELDS))
    out.addField(fromMrkdwn(textOf(field.title)), fromMrkdwn(textOf(field.value)));
  if (fields.length > MAX_FIELDS) out.add(`… ${fields.length - MAX_FIELDS} more fields`);
  for (const block of blocksOf(attachment.blocks)) addBlock(out, block);
  for (const action of objectsOf(attachment.actions))
    out.addButton(textOf(action.text) || textOf(action.name), textOf(action.url));
  out.addFile("", textOf(attachment.image_url));
  out.addFile("", textOf(attachment.thumb_url));
  out.add(fromMrkdwn(textOf(attachment.footer)));
  const isEmpty = out.posting.lines.length === before && hadTitle === (out.posting.title !== undefined);
  if (isEmpty) out.add(fromMrkdwn(textOf(attachment.fallback)));
}

/** The icon and the picture of a payload's author. */
function iconOf(payload: Loose): Pick<Posting, "icon" | "avatar"> {
  const emoji = textOf(payload.icon_emoji);
  const address = textOf(payload.icon_url);
  const icon = emoji === "" ? undefined : (emojiNamed(emoji) ?? emoji);
  return { ...(icon === undefined ? {} : { icon }), ...(address === "" ? {} : { avatar: address }) };
}

/** The message of a payload. Throws PostingError for what Slack refuses, too. */
export function readSlack(payload: Loose): Posting {
  const out = writePosting();
  const blocks = blocksOf(payload.blocks);
  const attachments = attachmentsOf(payload.attachments);
  for (const block of blocks) addBlock(out, block);
  // Beside blocks, the text is what a notification shows in their place.
  const isShown = blocks.length === 0 || (out.posting.lines.length === 0 && out.posting.title === undefined);
  if (isShown) out.add(fromMrkdwn(textOf(payload.text)));
  for (const attachment of attachments) addAttachment(out, attachment);
  const colors = textsOf(attachments.map(({ color }) => color)).map((color) => color.slice(0, 20));
  const isDanger = colors.some((color) => DANGER.test(color));
  const priority = MATTERMOST_PRIORITY[textAt(payload, "priority", "priority")] ?? (isDanger ? 4 : undefined);
  const card = textAt(payload, "props", "card");
  out.add(card);
  return {
    ...out.posting,
    ...iconOf(payload),
    name: textOf(payload.username) || undefined,
    priority,
    ...(colors.length > 0 ? { data: { colors } } : {}),
  };
}
