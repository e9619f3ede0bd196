/**
 * The words that only moderators read, in English, in the chunk that only they load. A language may bring them as
 * `moderation` beside `words`; what it lacks is English.
 */

/** What a language may provide. */
export type ModWords = typeof english;

/** The words of a language, as far as there are any. */
export const modWordsOf = (words?: Partial<ModWords>): ModWords => ({ ...english, ...words });

const english = {
  title: "Moderate",
  waiting: (n: number) => (n ? `Moderate, ${n} to review` : "Moderate"),
  arrived: (n: number) => `${n} to review`,
  close: "Close",
  remove: "Remove message",
  removeAll: "Remove all messages",
  removeAllAsk: (name: string) => `Remove everything that ${name} wrote here?`,
  pin: "Pin",
  unpin: "Unpin",
  mute: "Mute for",
  ban: "Ban for",
  /** Seconds, and how long that is; 0 is without end. */
  mutes: ["60 1 min", "600 10 min", "3600 1 h", "86400 1 day"],
  bans: ["86400 1 day", "604800 7 days", "2592000 30 days", "0 good"],
  address: "and whoever comes from the same address",
  hide: "Hide from others",
  unhide: "Stop hiding",
  lift: "Let write again",
  why: "Reason (they can read it)",
  undo: "Undo",
  undone: "Undone",
  held: "Waiting for review",
  heldFor: { review: "review", words: "words", links: "links" },
  approve: "Approve",
  reject: "Reject",
  reports: "Reported",
  reported: (name: string, why: string) => `${name}${why ? `: ${why}` : ""}`,
  goneMessage: "The message is no longer kept.",
  dismiss: "Dismiss",
  person: (name: string) => `What to do about ${name}`,
  sentences: "Muted, banned, hidden",
  kinds: { mute: "muted", ban: "banned", shadow: "hidden" },
  until: (when: string) => ` until ${when}`,
  nothing: "Nothing waits for you.",
  topic: "Topic",
  slow: "Slow mode",
  slows: { 0: "off", 5: "5 s", 10: "10 s", 30: "30 s", 60: "1 min", 300: "5 min" },
  hold: "Review first",
  holds: { none: "nobody", guests: "guests", all: "everybody" },
  readOnly: "Only moderators write",
  emojiOnly: "Only emoji",
  clear: "Remove all messages of the topic",
  clearAsk: "Remove every message for everybody? There is no way back.",
  said: {
    remove: () => "Message removed",
    "remove-all": (name: string) => `All messages of ${name} removed`,
    timeout: (name: string) => `${name} was muted`,
    ban: (name: string) => `${name} was banned`,
    unban: (name: string) => `${name} may write again`,
    shadow: (name: string) => `${name} is hidden`,
    unshadow: (name: string) => `${name} is no longer hidden`,
    pin: () => "Message pinned",
    unpin: () => "Message unpinned",
    mode: () => "Topic changed",
    words: () => "Word rules changed",
    approve: (name: string) => `Message of ${name} approved`,
    reject: (name: string) => `Message of ${name} rejected`,
    dismiss: () => "Report dismissed",
    clear: () => "All messages removed",
  },
};
