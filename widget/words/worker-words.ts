/** Words of the service worker, which has no page to take them from: a notification without a text says that there are new messages. */
export const NEW_MESSAGES: Record<string, string> = {
  ar: "رسائل جديدة",
  de: "Neue Nachrichten",
  en: "New messages",
  es: "Mensajes nuevos",
  fr: "Nouveaux messages",
  hi: "नए संदेश",
  id: "Pesan baru",
  ja: "新着メッセージ",
  pt: "Novas mensagens",
  zh: "新消息",
};
