/** Breaks the promise on purpose: one append in ten is acknowledged, and its text is not in the log. */
import { patchServer } from "./patch.ts";

patchServer([["text += part.text;", 'text += sequence % 10 === 0 ? "" : part.text;']]);
