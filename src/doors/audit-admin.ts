/**
 * The part of the admin API that shows the audit log: page by page, filtered, and as a file. The filter reads the whole log, a part
 * at a time; no answer holds more than a page in memory.
 */
import { createGiveWay } from "../give-way.ts";
import type { Control, ControlEntry } from "../log/control.ts";
import { oneOf, textLike, wholeNumber } from "../parsing.ts";
import { type AdminRouteParts, createAdminRoute } from "./admin-route.ts";
import { streamPieces } from "./answer-pieces.ts";
import { type AuditFilter, createAuditTest } from "./audit-filter.ts";
import { NO_STORE, parseQuery } from "./request.ts";
import { CSV_MARK, csvRow, EXPORT_TYPES, type ExportFormat } from "./topic-export.ts";

/** A text of a filter. */
const WORD = textLike(/^[^\p{C}]{1,200}$/u, "1 to 200 characters").optional();
const TIME = wholeNumber(0, Number.MAX_SAFE_INTEGER).optional();
const FILTER = { by: WORD, action: WORD, about: WORD, q: WORD, from: TIME, until: TIME };

export const AUDIT_QUERY = {
  limit: wholeNumber(1, 500).default(50),
  before: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
  ...FILTER,
};
export const AUDIT_EXPORT_QUERY = { format: oneOf(["jsonl", "csv"]).default("jsonl"), ...FILTER };

/** Entries that are read at a time. */
const ENTRIES_AT_ONCE = 500;
/** The time for a page: a filter that few entries match ends with what it found, and where to go on. */
const PAGE_MS = 500;

const SECRETS: ReadonlySet<string> = new Set([
  "hash",
  "mark",
  "ownerMark",
  "proof",
  "credential",
  "publicKey",
  "handle",
]);

/** A control value without what never leaves the server: hashes of secrets, the marks of the operator's key and of passphrases, the keys of passkeys, fingerprints of submissions. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !SECRETS.has(name)));
}

const shown = ({ value, ...entry }: ControlEntry): ControlEntry => ({
  ...entry,
  value: withoutSecrets(value),
});

/** The columns of the table. */
const COLUMNS = {
  offset: ({ offset }) => offset,
  time: ({ at }) => new Date(at).toISOString(),
  by: ({ by }) => by,
  key: ({ key }) => key,
  value: ({ value }) => (value === null ? "" : JSON.stringify(value)),
  why: ({ why }) => why,
} satisfies Record<string, (entry: ControlEntry) => string | number | undefined>;

/** The pieces of an export: the entries that match, the oldest first. */
async function* exportPieces(
  entries: AsyncIterable<ControlEntry>,
  filter: AuditFilter,
  format: ExportFormat,
): AsyncGenerator<string> {
  const isWanted = createAuditTest(filter);
  if (format === "csv") yield CSV_MARK + csvRow(Object.keys(COLUMNS));
  for await (const stored of entries) {
    const entry = shown(stored);
    if (!isWanted(entry)) continue;
    yield format === "csv"
      ? csvRow(Object.values(COLUMNS).map((column) => column(entry)))
      : `${JSON.stringify(entry)}\n`;
  }
}

export interface AuditAdminParts extends AdminRouteParts {
  control: Pick<Control, "history" | "each">;
}

export type AuditAdmin = ReturnType<typeof createAuditAdmin>;

/** Creates the routes. They throw KabarError. */
export function createAuditAdmin(parts: AuditAdminParts) {
  const { control } = parts;
  const admin = createAdminRoute(parts);

  /** Stored changes, the newest first, from the one below an offset; `atOnce` are read at a time. */
  async function* eachBelow(below: number, atOnce: number): AsyncGenerator<ControlEntry> {
    const giveWay = createGiveWay();
    for (let before = below; ;) {
      const page = await control.history(atOnce, before);
      for (const entry of page) {
        yield entry;
        await giveWay();
      }
      if (page.length < atOnce) return;
      before = page.at(-1)?.offset ?? 0;
    }
  }

  /** The newest entries that match, below an offset. `before`: where to go on, if there may be more. */
  async function findNewest(filter: AuditFilter, limit: number, below: number) {
    const isWanted = createAuditTest(filter);
    const isFiltered = Object.values(filter).some((value) => value !== undefined);
    const deadline = performance.now() + PAGE_MS;
    const entries: ControlEntry[] = [];
    for await (const stored of eachBelow(below, isFiltered ? ENTRIES_AT_ONCE : limit)) {
      const entry = shown(stored);
      if (isWanted(entry)) entries.push(entry);
      const isFull = entries.length === limit || performance.now() > deadline;
      if (isFull) return { entries, before: entry.offset > 1 ? entry.offset : undefined };
    }
    return { entries, before: undefined };
  }

  return {
    /**
     * `GET /api/admin/audit?limit=&before=&by=&action=&about=&q=&from=&until=`: the changes with their author, time and reason, those that
     * match, newest first. `before` of the answer is where to go on.
     */
    list: admin(async (request) => {
      const { limit, before = Number.MAX_SAFE_INTEGER, ...filter } = parseQuery(request.url, AUDIT_QUERY);
      const found = await findNewest(filter, limit, before);
      const next = found.before === undefined ? {} : { before: found.before };
      return Response.json({ entries: found.entries, more: found.before !== undefined, ...next }, NO_STORE);
    }),

    /** `GET /api/admin/audit/export?format=` and the filter: all changes that match, oldest first, as JSON Lines or CSV. */
    exportAll: admin(async (request) => {
      const { format, ...filter } = parseQuery(request.url, AUDIT_EXPORT_QUERY);
      return streamPieces(exportPieces(control.each(), filter, format), {
        "Content-Type": EXPORT_TYPES[format],
        "Content-Disposition": `attachment; filename="audit.${format}"`,
      });
    }),
  };
}
