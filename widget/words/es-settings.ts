/** Spanish words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** Spanish. */
export const words: SettingsWords = {
  title: "Ajustes",
  theme: "Tema",
  auto: "Sistema",
  light: "Claro",
  dark: "Oscuro",
  density: "Diseño",
  cosy: "Amplio",
  compact: "Compacto",
  bubbles: "Burbujas",
  mute: "Silenciar este chat",
  sound: "Sonido",
  badge: "Mensajes sin leer en el título",
  notify: "Notificaciones",
  off: "Nada",
  mentions: "Menciones",
  all: "Todo",
  blocked: "Tu navegador bloquea las notificaciones de esta página.",
  say: "Avisos del lector de pantalla",
  keys: "Enviar con Ctrl+Intro",
  privacy: "Privacidad",
  clear: "Borrar mis datos de este dispositivo",
  clearAsk: "¿Borrar tu nombre y los mensajes sin enviar?",
  cleared: "Tus datos se han borrado de este dispositivo.",
};
