/** German words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** German. */
export const words: SettingsWords = {
  title: "Einstellungen",
  theme: "Design",
  auto: "System",
  light: "Hell",
  dark: "Dunkel",
  density: "Layout",
  cosy: "Geräumig",
  compact: "Kompakt",
  bubbles: "Blasen",
  mute: "Chat stummschalten",
  sound: "Ton",
  badge: "Ungelesene im Seitentitel zählen",
  notify: "Benachrichtigungen",
  off: "Aus",
  mentions: "Erwähnungen",
  all: "Alle",
  blocked: "Dein Browser blockiert Benachrichtigungen dieser Seite.",
  say: "Screenreader-Ansagen",
  keys: "Mit Strg+Enter senden",
  privacy: "Datenschutz",
  clear: "Meine Daten auf diesem Gerät löschen",
  clearAsk: "Namen und ungesendete Nachrichten löschen?",
  cleared: "Deine Daten wurden von diesem Gerät gelöscht.",
};
