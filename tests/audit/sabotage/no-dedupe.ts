/** Breaks the promise on purpose: a message that is sent again is stored again. */
import { patchServer } from "./patch.ts";

patchServer([
  ["CREATE UNIQUE INDEX entry_by_id", "CREATE INDEX entry_by_id"],
  ["ON CONFLICT (topic, user, id) DO NOTHING", ""],
]);
