/** Breaks the promise on purpose: every other append is acknowledged, and its text is not in the log. */
import { patchServer } from "./patch.ts";

patchServer([["text += part.text;", 'text += sequence % 2 === 1 ? "" : part.text;']]);
