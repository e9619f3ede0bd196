/**
 * Tables of a SQLite log that keep the search index true: each change of an entry changes its document in the same transaction.
 * New entries are indexed later (sqlite-search-work).
 */
import type { Database } from "bun:sqlite";
import type { Entry } from "./log.ts";
import { isGrowingBody } from "./message-body.ts";
import { searchedMessage } from "./search-text.ts";
import type { AuthorIndex } from "./sqlite-authors.ts";
import type { SearchIndex } from "./sqlite-search-index.ts";
import type { SearchRewrite } from "./sqlite-search-rewrite.ts";
import type { Tables } from "./sqlite-tables.ts";
import type { TopicRow } from "./topic-row.ts";

/** Whether the work of indexing has passed an entry. */
const IS_PASSED = `
  SELECT 1 FROM search_topic WHERE topic = ?1 AND (?2 <= low OR ?2 BETWEEN start AND done)`;
const DROP_TOPIC = "DELETE FROM search_topic WHERE topic = ?";

/** Pages that a slice of a long removal merges: as many as it adds, or segments would become too many. */
const MARKED_PAGES = 16;

export interface IndexedParts {
  db: Database;
  tables: Tables;
  index: SearchIndex;
  rewrite: SearchRewrite;
  authors: AuthorIndex;
}

/** Whether two forms of an entry are the same document. */
function isSameDocument(a: Entry, b: Entry): boolean {
  if (a.userId !== b.userId) return false;
  const [one, other] = [searchedMessage(a), searchedMessage(b)];
  return one?.text === other?.text && one?.name === other?.name;
}

/** Wraps tables: the result indexes what it changes. */
export function indexTables({ db, tables, index, rewrite, authors }: IndexedParts): Tables {
  const dropTopic = db.prepare(DROP_TOPIC);
  const isPassed = db.prepare(IS_PASSED);

  /** Runs a change of one entry. Its document follows; returns whether it has one. */
  function follow(row: TopicRow, offset: number, change: () => void): boolean {
    const doc = index.docAt(row.id, offset);
    const before = doc === undefined ? undefined : tables.entryAt(row, offset);
    change();
    if (doc === undefined) return false;
    const after = tables.entryAt(row, offset);
    if (!before || !after || isSameDocument(before, after)) return true;
    index.drop([{ topicId: row.id, entry: before, doc }]);
    index.put([{ topicId: row.id, entry: after }], [doc]);
    return true;
  }

  const documentsIn = (row: TopicRow, first: number, last: number) =>
    index.docsIn(row.id, first, last).flatMap(({ doc, offset }) => {
      const entry = tables.entryAt(row, offset);
      return entry ? [{ topicId: row.id, entry, doc }] : [];
    });

  return {
    ...tables,

    updateBody(row, entry) {
      if (follow(row, entry.offset, () => tables.updateBody(row, entry)) || isGrowingBody(entry.body)) return;
      // A message was passed over while it grew: the index never has half a text.
      if (isPassed.get(row.id, entry.offset) !== null) index.put([{ topicId: row.id, entry }]);
    },

    disown(row, offset, owner, body) {
      const author = tables.entryAt(row, offset)?.userId;
      if (author !== undefined) authors.forget(row.id, author);
      follow(row, offset, () => tables.disown(row, offset, owner, body));
    },

    trim(row, last, goal = last) {
      const isMarked = rewrite.isWorth(goal - row.first + 1);
      const drop = (): void => index.drop(documentsIn(row, row.first, last), true);
      if (isMarked) {
        index.merge(MARKED_PAGES);
        rewrite.marking(drop);
      } else {
        // Segments of which one marks texts of the others as removed are merged by the rewrite alone: it leaves those texts out.
        if (!rewrite.isDue()) index.merge();
        drop();
      }
      authors.trim(row.id, last);
      return tables.trim(row, last);
    },

    redate(row, first, last, at) {
      const docs = documentsIn(row, first, last);
      index.drop(docs);
      tables.redate(row, first, last, at);
      index.put(docs.map(({ topicId, entry }) => ({ topicId, entry: { ...entry, at } })));
    },

    deleteTopic(name) {
      const row = tables.findTopic(name);
      if (row) dropTopic.run(row.id);
      tables.deleteTopic(name);
    },
  };
}
