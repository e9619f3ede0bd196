/**
 * English words of the first list and the composer. A translation is an object of the same type.
 * The loader's few words are in loader/element.ts, which is drawn first.
 */

const messages = (n: number): string => (n === 1 ? "1 message" : `${n} messages`);

/** Words of chunks that most visits never load. The English ones are in those chunks; a translation brings its own. */
export interface LaterStrings {
  launcher: (unread: number) => string;
  yourName: string;
  save: string;
  cancel: string;
  badName: string;
  nameTaken: string;
}

/** All words of a language. */
export type Strings = typeof english & { later?: LaterStrings };

/** A language besides English (languages.ts): TypeScript requires every word. */
export type Translation = typeof english;

/** English, the language of last resort. */
export const english = {
  lang: "en",
  chat: (title: string) => `Chat, ${title}`,
  transcript: (topic: string) => `Messages, ${topic}`,
  newMessages: "New messages",
  composer: "Message",
  hint: (name: string) => `Write as ${name}…`,
  send: "Send",
  close: "Close",
  rename: "Change name",
  today: "Today",
  yesterday: "Yesterday",
  unread: "New",
  away: (n: number) => `${messages(n)} while you were away`,
  gap: (n: number) => (n === 1 ? "1 older message has expired" : `${n} older messages have expired`),
  empty: "No messages yet. Say hello!",
  public: "This chat is public: everyone here can read along.",
  loading: "Loading earlier messages",
  jump: (n: number) => (n ? `${n > 99 ? "99+" : n} new · Jump to latest` : "Jump to latest"),
  you: "You",
  operator: "Operator",
  notSent: "Not sent",
  tooLong: (n: number) =>
    `Too long by about ${n.toLocaleString("en")} ${n === 1 ? "character" : "characters"}`,
  readonly: "This chat is read-only.",
  connecting: "Connecting…",
  retrying: "Reconnecting…",
  retryIn: (seconds: number) => `Reconnecting in ${seconds} s`,
  tryNow: "Try now",
  offline: "You're offline. Messages will send when you're back.",
  online: "Back online",
  refused: "This chat isn't available right now.",
  newTab: "Open chat in a new tab",
  broken: "This message can't be shown.",
};
