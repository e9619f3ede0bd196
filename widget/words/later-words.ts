/** English words of everything that loads after the first list. */

/** The words that a language must provide. */
export type Words = typeof english;

/** English, the language of last resort. */
export const english = {
  sending: "Waiting to send",
  held: "Waiting for review",
  rejected: "Not approved",
  blocked: "It has something that isn't allowed here.",
  aimGone: "The message you replied to is gone.",
  noGuests: "New guests can't write here right now.",
  retry: "Retry",
  discard: "Delete",
  tooFast: "Slow down a little. This will be sent in a moment.",
  manyNew: (n: number, topic: string) => `${n} new messages in ${topic}`,
  tooMany: "Too many messages are waiting to be sent.",
  newGuest: "This browser blocks storage. You'll be a new guest after a reload.",
  actions: "Message actions",
  reply: "Reply",
  react: "React",
  edit: "Edit",
  remove: "Delete",
  removeAsk: "Delete this message?",
  copy: "Copy text",
  copied: "Copied",
  moderate: "Moderate",
  edited: "(edited)",
  stopped: "(unfinished)",
  removed: { author: "Message deleted", moderator: "Message deleted by a moderator" },
  yours: "A moderator deleted your message.",
  earlier: "An earlier message",
  quote: (name: string) => `In reply to ${name}`,
  replyTo: (name: string) => `Reply to ${name}`,
  editing: "Editing your message",
  cancel: "Cancel",
  failed: (why: string) => `That didn't work: ${why || "no connection"}`,
  reaction: (name: string, n: number, mine: boolean) => `${name}, ${n}${mine ? ", you reacted" : ""}`,
  publicChat: "Public chat",
  people: (n: number) => `${n} online`,
  offline: "Offline",
  members: "People online",
  crowded: "Too many people to list.",
  typing: (names: string[]) =>
    names.length > 2
      ? "Several people are typing…"
      : names.length === 2
        ? `${names.join(" and ")} are typing…`
        : `${names[0]} is typing…`,
  slow: (wait: string) => `Slow mode: ${wait}`,
  emojiOnly: "Emoji only right now.",
  holding: "Messages are reviewed before they appear.",
  closed: "Only moderators can post right now.",
  signedOut: "Your session has expired. Sign in again to write.",
  muted: "You've been muted",
  banned: "You've been banned from this chat",
  until: (when: string) => ` until ${when}`,
  because: (why: string) => `: ${why}`,
  pinned: "Pinned",
  nextPin: (at: number, n: number) => `${at}/${n}, show the next pinned message`,
  link: "Copy link",
  far: "That message is too old to show here.",
  paused: (n: number) => (n ? `Paused · ${n > 99 ? "99+" : n} new` : "Paused"),
  mention: "Mention someone",
  emoji: {
    title: "Emoji",
    search: "Search emoji",
    more: "More emoji",
    found: (n: number) => (n ? `${n} found` : "No results"),
    groups: ["Smileys", "Hands and people", "Hearts and symbols", "Nature", "Food and drink", "Objects"],
  },
  menu: { title: "Menu", search: "Search", popOut: "Open in a new window", settings: "Settings" },
  resize: "Resize the panel",
  report: {
    ask: "Report message",
    why: "Reason (optional)",
    send: "Report",
    done: "Report sent. Thank you.",
  },
  hidden: "Only visible to moderators and the author",
  ephemeral: "Not saved. Disappears after a reload.",
  more: "Show more",
  less: "Show less",
  noFiles: "Only text and links can be sent here.",
};

/** Names of the emoji in the short row. */
export const EMOJI: Readonly<Record<string, string>> = {
  "👍": "thumbs up",
  "❤️": "heart",
  "😂": "tears of joy",
  "😮": "surprised",
  "😢": "crying",
  "🎉": "party",
  "🙏": "thank you",
};
