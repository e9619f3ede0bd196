/** Portuguese words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** Portuguese. */
export const words: SettingsWords = {
  title: "Configurações",
  theme: "Tema",
  auto: "Sistema",
  light: "Claro",
  dark: "Escuro",
  density: "Layout",
  cosy: "Confortável",
  compact: "Compacto",
  bubbles: "Balões",
  mute: "Silenciar este chat",
  sound: "Som",
  badge: "Não lidas no título da página",
  notify: "Notificações",
  off: "Nada",
  mentions: "Menções",
  all: "Tudo",
  blocked: "Seu navegador bloqueia as notificações desta página.",
  say: "Avisos do leitor de tela",
  keys: "Enviar com Ctrl+Enter",
  privacy: "Privacidade",
  clear: "Apagar meus dados deste dispositivo",
  clearAsk: "Apagar seu nome e as mensagens não enviadas?",
  cleared: "Seus dados foram apagados deste dispositivo.",
};
