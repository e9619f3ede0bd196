/** German: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("de");
const plural = new Intl.PluralRules("de");
const messages = (n: number): string =>
  `${number(n)} ${plural.select(n) === "one" ? "Nachricht" : "Nachrichten"}`;

/** German. */
export const translation: Translation = {
  lang: "de",
  chat: (title) => `Chat, ${title}`,
  launcher: (unread) => (unread ? `Chat, ${number(unread)} ungelesen` : "Chat"),
  transcript: (topic) => `Nachrichten, ${topic}`,
  newMessages: "Neue Nachrichten",
  composer: "Nachricht",
  placeholder: (title) => `Nachricht an ${title}`,
  send: "Senden",
  close: "Schließen",
  writeAs: "Schreiben als ",
  changeName: "Name ändern",
  yourName: "Dein Name",
  save: "Speichern",
  cancel: "Abbrechen",
  badName: "1 bis 40 Zeichen.",
  today: "Heute",
  yesterday: "Gestern",
  unread: "Neu",
  away: (n) => `${messages(n)}, während du weg warst`,
  gap: (n) => `${messages(n)} nicht mehr vorhanden`,
  empty: "Schreib die erste Nachricht",
  loadingOlder: "Frühere Nachrichten werden geladen",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} neu · Zur neuesten` : "Zur neuesten"),
  you: "Du",
  operator: "Betreiber",
  sending: "Wartet",
  held: "Wartet auf die Moderation",
  rejected: "Nicht freigegeben",
  notSent: "Nicht gesendet",
  retry: "Erneut senden",
  discard: "Löschen",
  tooFast: "Zu schnell: geht gleich raus.",
  tooLong: (over) => `${number(over)} Byte zu lang`,
  tooMany: "Zu viele ungesendete Nachrichten.",
  readonly: "Hier kannst du nur lesen.",
  guestAgain: "Dieser Browser behält nichts: Nach dem Neuladen bist du ein neuer Gast.",
  connecting: "Verbinden…",
  reconnecting: "Verbindung wird wiederhergestellt…",
  reconnectingIn: (seconds) => `Neuer Versuch in ${number(seconds)} s`,
  tryNow: "Jetzt versuchen",
  offline: "Du bist offline. Nachrichten werden gesendet, sobald du zurück bist.",
  online: "Wieder online",
  refused: "Dieser Chat kann hier nicht gezeigt werden.",
  openInTab: "Chat in neuem Tab öffnen",
  broken: "Diese Nachricht konnte nicht gezeigt werden",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${messages(n)} neu in ${topic}`,
};
