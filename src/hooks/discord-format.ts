/**
 * Payloads of Discord's webhooks: content, embeds, name and picture, polls and buttons. Discord's own limits hold; what breaks
 * them gets Discord's word for it.
 */
import { fromDiscord } from "./foreign-markup.ts";
import { type Loose, objectsOf, textAt, textOf, valueAt } from "./loose-json.ts";
import { type Posting, PostingError } from "./posting.ts";
import { type PostingWriter, writePosting } from "./posting-writer.ts";

/** Discord's limits, in characters and pieces. */
const MAX_CONTENT = 2000;
const MAX_EMBEDS = 10;
const MAX_FIELDS = 25;
const MAX_TITLE = 256;
const MAX_DESCRIPTION = 4096;
/** Levels of components: a button in a row in a container, and some more. */
const MAX_DEPTH = 5;

/** Throws PostingError for a text of more than `most` characters; `field` names it. */
function requireLength(field: string, text: string, most: number): string {
  if (text.length > most) throw new PostingError(field, `Must be ${most} or fewer in length.`);
  return text;
}

/** Adds an embed. */
function addEmbed(out: PostingWriter, embed: Loose): void {
  out.addFile(textAt(embed, "author", "name"), textAt(embed, "author", "url"));
  const title = requireLength("embeds", textOf(embed.title), MAX_TITLE);
  const address = textOf(embed.url);
  if (title !== "" || address !== "") out.addTitle(fromDiscord(title), address);
  out.add(fromDiscord(requireLength("embeds", textOf(embed.description), MAX_DESCRIPTION)));
  const fields = objectsOf(embed.fields);
  if (fields.length > MAX_FIELDS)
    throw new PostingError("embeds", `Must be ${MAX_FIELDS} or fewer in length.`);
  for (const field of fields) out.addField(textOf(field.name), fromDiscord(textOf(field.value)));
  for (const kind of ["image", "thumbnail", "video"]) {
    const url = textAt(embed, kind, "url");
    // A file of the same request, which is not kept.
    if (!url.startsWith("attachment:")) out.addFile("", url);
  }
  out.add(fromDiscord(textAt(embed, "footer", "text")));
}

/** Adds the words and the links of components. */
function addComponents(out: PostingWriter, components: unknown, depth = 0): void {
  if (depth >= MAX_DEPTH) return;
  for (const component of objectsOf(components)) {
    out.add(fromDiscord(textOf(component.content)));
    out.addButton(textOf(component.label), textOf(component.url));
    addComponents(out, component.components, depth + 1);
  }
}

/** The message of a payload; `files` are the names of files that came with it. Throws PostingError for what Discord refuses, too. */
export function readDiscord(payload: Loose, files: readonly string[] = []): Posting {
  const out = writePosting();
  const embeds = objectsOf(payload.embeds);
  if (embeds.length > MAX_EMBEDS)
    throw new PostingError("embeds", `Must be ${MAX_EMBEDS} or fewer in length.`);
  out.add(fromDiscord(requireLength("content", textOf(payload.content), MAX_CONTENT)));
  for (const embed of embeds) addEmbed(out, embed);
  addComponents(out, payload.components);
  const question = textAt(payload, "poll", "question", "text");
  if (question !== "") {
    const answers = objectsOf(valueAt(payload, "poll", "answers"));
    out.add(`${question} ${answers.map((answer) => textAt(answer, "poll_media", "text")).join(" / ")}`);
  }
  for (const name of files) out.add(`(File ${name}: files are not kept here.)`);
  const colors = embeds.flatMap(({ color }) => (typeof color === "number" ? [color] : []));
  return {
    ...out.posting,
    name: textOf(payload.username) || undefined,
    avatar: textOf(payload.avatar_url) || undefined,
    ...(colors.length > 0 ? { data: { colors } } : {}),
  };
}
