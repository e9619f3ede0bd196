/** English words of the settings and of the search, which load when a user opens one of the two. */

/** The words that a language must provide. */
export type SettingsWords = typeof english;
export type SearchWords = SettingsWords["search"];

/** English, the language of last resort. */
export const english = {
  title: "Settings",
  theme: "Theme",
  auto: "System",
  light: "Light",
  dark: "Dark",
  density: "Layout",
  cosy: "Comfortable",
  compact: "Compact",
  bubbles: "Bubbles",
  mute: "Mute this chat",
  sound: "Sound",
  badge: "Unread count in the page title",
  notify: "Notifications",
  off: "Off",
  mentions: "Mentions",
  all: "All",
  blocked: "Your browser blocks notifications from this page.",
  push: "When this page is closed",
  quiet: "Quiet hours",
  from: "From",
  to: "To",
  install: "Add this page to your home screen first, and turn this on there.",
  noPush: "This site can't reach you when the page is closed.",
  say: "Screen reader announcements",
  keys: "Send with Ctrl+Enter",
  privacy: "Privacy",
  clear: "Clear my data on this device",
  clearAsk: "Clear your name and unsent messages?",
  cleared: "Your data has been removed from this device.",
  search: {
    title: "Search messages",
    hint: "Search in this topic",
    found: (n: number, more: boolean): string => `${n.toLocaleString("en")}${more ? "+" : ""} found`,
    none: "No messages found.",
    soFar: "Nothing found so far.",
    searching: "Searching…",
    more: "More results",
    limited: "Too many searches. Wait a moment.",
    unclear: "Use at most 12 words, with letters or digits.",
    off: "Search is switched off here.",
    partial: "Some messages can't be found yet.",
    back: "Back to the results",
    earlier: "Earlier messages",
    later: "Later messages",
  },
};
