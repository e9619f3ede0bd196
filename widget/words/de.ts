/** German words of the chat. */
import type { LaterStrings, Translation } from "./list-words.ts";
import type { Words } from "./later-words.ts";

const number = (n: number): string => n.toLocaleString("de");
const plural = new Intl.PluralRules("de");
const messages = (n: number): string =>
  `${number(n)} ${plural.select(n) === "one" ? "Nachricht" : "Nachrichten"}`;

/** German. */
export const translation: Translation = {
  lang: "de",
  chat: (title) => `Chat, ${title}`,
  transcript: (topic) => `Nachrichten, ${topic}`,
  newMessages: "Neue Nachrichten",
  composer: "Nachricht",
  hint: (name) => `Als ${name} schreiben…`,
  send: "Senden",
  close: "Schließen",
  rename: "Name ändern",
  today: "Heute",
  yesterday: "Gestern",
  unread: "Neu",
  away: (n) => `${messages(n)}, während du weg warst`,
  gap: (n) =>
    `${number(n)} ${plural.select(n) === "one" ? "ältere Nachricht ist" : "ältere Nachrichten sind"} nicht mehr verfügbar`,
  empty: "Noch keine Nachrichten. Sag Hallo!",
  public: "Dieser Chat ist öffentlich: Alle hier können mitlesen.",
  loading: "Frühere Nachrichten werden geladen",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} neu · Zur neuesten` : "Zur neuesten"),
  you: "Du",
  operator: "Betreiber",
  notSent: "Nicht gesendet",
  tooLong: (n) => `Etwa ${number(n)} Zeichen zu lang`,
  readonly: "In diesem Chat kannst du nur mitlesen.",
  connecting: "Verbinden…",
  retrying: "Verbindung wird wiederhergestellt…",
  retryIn: (seconds) => `Neuer Versuch in ${number(seconds)} s`,
  tryNow: "Jetzt versuchen",
  offline: "Du bist offline. Nachrichten werden gesendet, sobald du zurück bist.",
  online: "Wieder online",
  refused: "Dieser Chat ist gerade nicht verfügbar.",
  newTab: "Chat in neuem Tab öffnen",
  broken: "Diese Nachricht kann nicht angezeigt werden.",
};

/** Words of chunks that most visits never load. */
export const later: LaterStrings = {
  launcher: (unread) => (unread ? `Chat, ${number(unread)} ungelesen` : "Chat"),
  yourName: "Dein Name",
  save: "Speichern",
  cancel: "Abbrechen",
  badName: "1 bis 40 Zeichen.",
  nameTaken: "Der Name ist vergeben. Wähle einen anderen.",
};

/** Words of the chunks that load after the first list. */
export const words: Words = {
  sending: "Wartet auf Versand",
  held: "Wartet auf Prüfung",
  rejected: "Nicht freigegeben",
  blocked: "Sie enthält etwas, das hier nicht erlaubt ist.",
  aimGone: "Die Nachricht, auf die du antwortest, gibt es nicht mehr.",
  noGuests: "Neue Gäste können hier gerade nicht schreiben.",
  retry: "Erneut senden",
  discard: "Löschen",
  tooFast: "Etwas langsamer, bitte. Die Nachricht wird gleich gesendet.",
  manyNew: (n, topic) =>
    `${number(n)} ${plural.select(n) === "one" ? "neue Nachricht" : "neue Nachrichten"} in ${topic}`,
  tooMany: "Zu viele Nachrichten warten.",
  newGuest: "Dieser Browser blockiert den Speicher. Nach dem Neuladen bist du ein neuer Gast.",
  actions: "Aktionen für die Nachricht",
  reply: "Antworten",
  react: "Reagieren",
  edit: "Bearbeiten",
  remove: "Löschen",
  removeAsk: "Diese Nachricht löschen?",
  copy: "Text kopieren",
  copied: "Kopiert",
  moderate: "Moderieren",
  edited: "(bearbeitet)",
  stopped: "(unvollständig)",
  removed: { author: "Nachricht gelöscht", moderator: "Von der Moderation gelöscht" },
  yours: "Die Moderation hat deine Nachricht gelöscht.",
  earlier: "Frühere Nachricht",
  quote: (name) => `Antwort auf ${name}`,
  replyTo: (name) => `Antwort an ${name}`,
  editing: "Du bearbeitest deine Nachricht",
  cancel: "Abbrechen",
  failed: (why) => `Das hat nicht geklappt: ${why || "keine Verbindung"}`,
  reaction: (name, n, mine) => `${name}, ${number(n)}${mine ? ", auch von dir" : ""}`,
  publicChat: "Öffentlicher Chat",
  people: (n) => `${number(n)} online`,
  offline: "Offline",
  members: "Personen online",
  crowded: "Zu viele Personen für eine Liste.",
  typing: (names) =>
    names.length > 2
      ? "Mehrere schreiben…"
      : names.length === 2
        ? `${names.join(" und ")} schreiben…`
        : `${names[0]} schreibt…`,
  slow: (wait) => `Langsamer Modus: ${wait}`,
  emojiOnly: "Gerade sind nur Emojis erlaubt.",
  holding: "Nachrichten werden geprüft, bevor sie erscheinen.",
  closed: "Gerade schreibt hier nur die Moderation.",
  signedOut: "Deine Anmeldung ist abgelaufen. Melde dich neu an.",
  muted: "Du wurdest stummgeschaltet",
  banned: "Du wurdest aus diesem Chat ausgeschlossen",
  until: (when) => ` bis ${when}`,
  because: (why) => `: ${why}`,
  pinned: "Angeheftet",
  nextPin: (at, n) => `${number(at)}/${number(n)}, nächste angeheftete Nachricht`,
  link: "Link kopieren",
  far: "Diese Nachricht ist zu alt.",
  paused: (n) => (n ? `Angehalten · ${n > 99 ? "99+" : number(n)} neu` : "Angehalten"),
  mention: "Jemanden erwähnen",
  emoji: {
    title: "Emojis",
    search: "Emojis suchen",
    more: "Weitere Emojis",
    found: (n) => (n ? `${number(n)} gefunden` : "Keine Treffer"),
    groups: ["Smileys", "Hände und Menschen", "Herzen und Symbole", "Natur", "Essen und Trinken", "Objekte"],
  },
  menu: { title: "Menü", search: "Suchen", popOut: "In neuem Fenster öffnen", settings: "Einstellungen" },
  resize: "Größe ändern",
  report: {
    ask: "Nachricht melden",
    why: "Grund (optional)",
    send: "Melden",
    done: "Meldung gesendet. Danke!",
  },
  hidden: "Nur für Moderation und Verfasser sichtbar",
  ephemeral: "Nicht gespeichert, nach dem Neuladen weg",
  more: "Mehr anzeigen",
  less: "Weniger anzeigen",
  noFiles: "Hier gehen nur Text und Links.",
};
