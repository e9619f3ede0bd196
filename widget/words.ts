/** The words of what is loaded after the first list, in English; strings.ts has those of the list itself, modwords.ts those for moderators. */

const count = (n: number, one: string, many: string): string => (n === 1 ? `1 ${one}` : `${n} ${many}`);

/** What a language must provide. */
export type Words = typeof english;

/** English, the language of last resort. */
export const english = {
  manyNew: (n: number, topic: string) => `${n} new messages in ${topic}`,
  tooMany: "Too many unsent messages.",
  guestAgain: "This browser keeps nothing: you will be a new guest after reload.",
  actions: "Actions",
  reply: "Reply",
  react: "React",
  edit: "Edit",
  remove: "Delete",
  removeAsk: "Delete this message?",
  keep: "Keep",
  copy: "Copy text",
  copied: "Copied",
  moderate: "Moderate",
  edited: "(edited)",
  removed: { author: "Message removed", moderator: "Message removed by a moderator" },
  yours: "A moderator removed your message.",
  earlier: "An earlier message",
  quote: (name: string) => `In reply to ${name}`,
  replyTo: (name: string) => `Reply to ${name}`,
  editing: "Editing your message",
  stop: "Cancel",
  failed: (why: string) => `Not done: ${why || "no connection"}`,
  reaction: (name: string, n: number, mine: boolean) => `${name}, ${n}${mine ? ", you reacted" : ""}`,
  people: (n: number) => `${count(n, "person", "people")} here`,
  members: "Who is here",
  manyMembers: "Too many to list.",
  typing: (names: string[]) =>
    names.length > 2
      ? "Several people are typing…"
      : names.length === 2
        ? `${names.join(" and ")} are typing…`
        : `${names[0]} is typing…`,
  slow: (seconds: number) => `Slow mode: ${seconds} s`,
  emojiOnly: "Only emoji may be sent just now.",
  holding: "A moderator reads messages before they appear.",
  closed: "Only moderators write here just now.",
  signedOut: "Your sign-in has ended. Sign in again to write.",
  muted: "You can't write here",
  banned: "You were banned from writing here",
  until: (when: string) => ` until ${when}`,
  because: (why: string) => `: ${why}`,
  pinned: "Pinned",
  nextPin: (at: number, n: number) => `${at}/${n}, show the next pinned message`,
  link: "Copy link",
  linked: "Link copied",
  far: "That message is too far back to be shown here.",
  paused: (n: number) => (n ? `Paused · ${n > 99 ? "99+" : n} new` : "Paused"),
  mention: "People to address",
  emoji: {
    title: "Emoji",
    search: "Search emoji",
    more: "More emoji",
    found: (n: number) => (n ? `${n} found` : "None found"),
    groups: ["Faces", "Hands and people", "Hearts and signs", "Nature", "Food and drink", "Things"],
  },
  settings: {
    title: "Settings",
    popOut: "Open in a window",
    theme: "Colours",
    auto: "Automatic",
    light: "Light",
    dark: "Dark",
    density: "Messages",
    cosy: "Comfortable",
    compact: "Compact",
    bubbles: "Bubbles",
    sound: "Sound",
    notify: "Notifications",
    off: "Off",
    mentions: "Mentions",
    all: "All",
    blocked: "The browser blocks notifications of this page.",
    say: "Read out by screen readers",
    keys: "Send with Ctrl+Enter",
    privacy: "What is stored",
    forget: "Forget me on this device",
    forgetAsk: "Erase name and unsent messages here?",
    forgotten: "Nothing of you is left on this device.",
  },
  report: {
    ask: "Report to the moderators",
    why: "What is wrong with it? (optional)",
    send: "Report",
    done: "Reported. Thank you.",
  },
  hidden: "Only moderators and the author see this",
};

/** What the emoji of the short row are called. */
export const EMOJI: Readonly<Record<string, string>> = {
  "👍": "thumbs up",
  "❤️": "heart",
  "😂": "tears of joy",
  "😮": "surprised",
  "😢": "crying",
  "🎉": "party",
  "🙏": "thank you",
};
