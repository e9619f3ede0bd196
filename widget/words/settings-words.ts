/** English words of the settings, which load when a user opens them. */

/** The words that a language must provide. */
export type SettingsWords = typeof english;

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
  say: "Screen reader announcements",
  keys: "Send with Ctrl+Enter",
  privacy: "Privacy",
  clear: "Clear my data on this device",
  clearAsk: "Clear your name and unsent messages?",
  cleared: "Your data has been removed from this device.",
};
