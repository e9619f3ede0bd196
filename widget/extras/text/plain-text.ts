/** Tells texts that are drawn as they were written from those that src/markdown must parse. Pure. */

/** Markdown, an address or a mention needs one of these ASCII characters, or an item at the beginning of a line. */
const MARKS = /[#$%&*+/<=>@[\\\]^_`{|}~]|\.[^\s.]|:\S|^ {0,3}(?:-|\d{1,4}[.)]) /m;

/** Whether a text is drawn as it was written. A text that may need parsing counts as not plain. */
export const isPlain = (text: string): boolean => !MARKS.test(text);
