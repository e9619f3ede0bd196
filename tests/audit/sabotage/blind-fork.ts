/**
 * Breaks the promise of nodes on purpose: a node does not compare what it handed out with a database that takes the place of
 * another, and goes on with its rings.
 */
import { patchServer } from "./patch.ts";

patchServer([["breakOff(await findBroken(sql, before, all.topics, places.nameOf), all.topics);", ""]]);
