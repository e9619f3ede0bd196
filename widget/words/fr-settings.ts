/** French words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** French. */
export const words: SettingsWords = {
  title: "Réglages",
  theme: "Thème",
  auto: "Système",
  light: "Clair",
  dark: "Sombre",
  density: "Affichage",
  cosy: "Aéré",
  compact: "Compact",
  bubbles: "Bulles",
  mute: "Mettre ce chat en sourdine",
  sound: "Son",
  badge: "Nombre de non-lus dans le titre",
  notify: "Notifications",
  off: "Rien",
  mentions: "Mentions",
  all: "Tout",
  blocked: "Votre navigateur bloque les notifications de cette page.",
  say: "Annonces du lecteur d’écran",
  keys: "Envoyer avec Ctrl+Entrée",
  privacy: "Confidentialité",
  clear: "Effacer mes données de cet appareil",
  clearAsk: "Effacer votre nom et les messages non envoyés ?",
  cleared: "Vos données ont été effacées de cet appareil.",
};
