/**
 * The export of a topic, piece by piece: every retained entry as JSON Lines (jsonlines.org), or its messages as a table for
 * spreadsheets (CSV, RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe.
 */
import type { Message } from "../model.ts";

/** The forms of an export, and the type of each. */
export const EXPORT_TYPES = {
  jsonl: "application/x-ndjson;charset=utf-8",
  csv: "text/csv;charset=utf-8;header=present",
} as const;
export type ExportFormat = keyof typeof EXPORT_TYPES;

/** Spreadsheets read a file as UTF-8 that begins with this mark. */
export const CSV_MARK = "\ufeff";
/** A first character that makes a cell a formula; a blank before it changes nothing. */
const FORMULA = /^[\s]*[=+\-@\t\r]/;

/** The columns of the table. */
const COLUMNS = {
  offset: ({ offset }) => offset,
  time: ({ at }) => new Date(at).toISOString(),
  name: ({ user }) => user.name,
  role: ({ user }) => user.role,
  user: ({ user }) => user.id,
  title: ({ title }) => title,
  text: ({ text }) => text,
  link: ({ link }) => link,
  replyTo: ({ replyTo }) => replyTo,
  removed: ({ removed }) => removed,
  id: ({ id }) => id,
} satisfies Record<string, (message: Message) => string | number | undefined>;

/** A cell: quoted where it has to be. */
export function csvCell(value: string | number | undefined): string {
  if (typeof value !== "string") return value === undefined ? "" : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row of cells. */
export const csvRow = (cells: (string | number | undefined)[]): string =>
  `${cells.map(csvCell).join(",")}\r\n`;

/** The pieces of an export, from the JSON of each entry. */
export async function* exportPieces(
  entries: AsyncIterable<string>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === "csv") yield CSV_MARK + csvRow(Object.keys(COLUMNS));
  for await (const entry of entries) {
    if (format === "jsonl") {
      yield `${entry}\n`;
      continue;
    }
    const message = JSON.parse(entry) as Message;
    // What changed a message is in the message.
    if (message.kind === undefined) yield csvRow(Object.values(COLUMNS).map((column) => column(message)));
  }
}
