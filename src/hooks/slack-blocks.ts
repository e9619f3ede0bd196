/**
 * Slack's Block Kit as lines of a posting: header, section, context, divider, image, actions, rich text, video. A block that
 * cannot be shown becomes a line that names it. Bounded in depth and number.
 */
import { withEmoji } from "./emoji-names.ts";
import { fromMrkdwn, fromPlainText } from "./foreign-markup.ts";
import { type Loose, objectOf, objectsOf, textAt, textOf, valueAt } from "./loose-json.ts";
import { withAddress } from "./posting.ts";
import type { PostingWriter } from "./posting-writer.ts";

/** Levels of rich text: a list in a list in a quote, and some more. */
const MAX_DEPTH = 6;

/** A text object, `mrkdwn` or `plain_text`; or a text alone. */
function wordsOf(value: unknown): string {
  const raw = typeof value === "string" ? value : textAt(value, "text");
  return objectOf(value).type === "plain_text" ? fromPlainText(raw) : fromMrkdwn(raw);
}

/** An inline element of rich text. */
function inlineOf(element: Loose): string {
  const { type, style } = element;
  const text = typeof element.text === "string" ? element.text : "";
  if (type === "text") {
    if (valueAt(style, "code") === true) return `\`${text}\``;
    if (valueAt(style, "bold") === true && text.trim() === text && text !== "") return `**${text}**`;
    return text;
  }
  if (type === "link") return withAddress(text, textOf(element.url));
  if (type === "emoji") return withEmoji(`:${textOf(element.name)}:`);
  if (type === "user") return `@${textOf(element.user_id)}`;
  if (type === "usergroup") return `@${textOf(element.usergroup_id)}`;
  if (type === "channel") return `#${textOf(element.channel_id)}`;
  if (type === "broadcast") return `@${textOf(element.range)}`;
  if (type === "date") return textOf(element.fallback) || textOf(element.timestamp);
  return text;
}

/** A block of rich text as lines. */
function richLines(block: Loose, depth = 0): string[] {
  if (depth >= MAX_DEPTH) return [];
  const elements = objectsOf(block.elements);
  const inner = () => elements.map(inlineOf).join("");
  switch (block.type) {
    case "rich_text":
      return elements.flatMap((element) => richLines(element, depth + 1));
    case "rich_text_list":
      return elements.map((item, i) => {
        const mark = block.style === "ordered" ? `${i + 1}.` : "-";
        return `${mark} ${richLines(item, depth + 1).join(" ")}`;
      });
    case "rich_text_quote":
      return [`> ${inner().replaceAll("\n", "\n> ")}`];
    case "rich_text_preformatted":
      return [`\`\`\`\n${inner()}\n\`\`\``];
    default:
      return [inner()];
  }
}

/** An interactive element, such as a button; a picture; or the text of a context block. */
function addElement(out: PostingWriter, element: Loose): void {
  const { type } = element;
  if (type === "image") out.addFile(textOf(element.alt_text), textOf(element.image_url));
  else if (type === "mrkdwn" || type === "plain_text") out.add(wordsOf(element));
  else if (type === "overflow")
    for (const option of objectsOf(element.options)) out.addButton(wordsOf(option.text), textOf(option.url));
  else
    out.addButton(wordsOf(element.text) || wordsOf(element.placeholder) || textOf(type), textOf(element.url));
}

/** The elements of a context block in one line. */
const contextLine = (block: Loose): string =>
  objectsOf(block.elements)
    .map((element) =>
      element.type === "image"
        ? withAddress(textOf(element.alt_text), textOf(element.image_url))
        : wordsOf(element),
    )
    .filter((word) => word !== "")
    .join(" · ");

/** The blocks that can be shown, by their type. */
const BLOCKS: Record<string, (out: PostingWriter, block: Loose) => void> = {
  header: (out, block) => out.addTitle(wordsOf(block.text), ""),
  section(out, block) {
    out.add(wordsOf(block.text));
    for (const field of objectsOf(block.fields)) out.add(wordsOf(field).replace("\n", " "));
    if (block.accessory !== undefined) addElement(out, objectOf(block.accessory));
  },
  markdown: (out, block) => out.add(textOf(block.text)),
  context: (out, block) => out.add(contextLine(block)),
  divider: () => undefined,
  image(out, block) {
    const address = textOf(block.image_url) || textAt(block, "slack_file", "url");
    out.addFile(wordsOf(block.title) || textOf(block.alt_text), address);
  },
  video(out, block) {
    out.addFile(wordsOf(block.title), textOf(block.title_url) || textOf(block.video_url));
    out.add(wordsOf(block.description));
  },
  actions(out, block) {
    for (const element of objectsOf(block.elements)) addElement(out, element);
  },
  rich_text(out, block) {
    for (const line of richLines(block)) out.add(line);
  },
};

/** Adds a block. */
export function addBlock(out: PostingWriter, block: Loose): void {
  const type = textOf(block.type);
  const show = Object.hasOwn(BLOCKS, type) ? BLOCKS[type] : undefined;
  if (show) {
    show(out, block);
    return;
  }
  out.add(wordsOf(block.text) || wordsOf(block.label));
  out.add(`(A block of type "${type.slice(0, 40)}" cannot be shown here.)`);
}
