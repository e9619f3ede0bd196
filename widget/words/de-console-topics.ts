/** German words of the console's views of messages, topics and people. */
import type { ConsoleTopicWords } from "./console-topic-words.ts";

const number = (n: number): string => n.toLocaleString("de");
const plural = new Intl.PluralRules("de");
const count = (n: number, one: string, many: string): string =>
  `${number(n)} ${plural.select(n) === "one" ? one : many}`;
const messages = (n: number): string => count(n, "Nachricht", "Nachrichten");

/** German. */
export const words: ConsoleTopicWords = {
  inbox: {
    nothing: "Nichts zu prüfen.",
    waiting: (n) => `${messages(n)} zu prüfen.`,
    more: (n) => `Danach folgen noch ${number(n)}.`,
    selected: (n) => `${number(n)} ausgewählt.`,
    clear: (n) => `${number(n)} entschiedene ausblenden`,
    select: (topic) => `Auswählen, ${topic}`,
    label: {
      held: (topic) => `Zurückgehaltene Nachricht in ${topic}`,
      reported: (topic) => `Gemeldete Nachricht in ${topic}`,
    },
    heldFor: {
      review: "wartet auf Prüfung",
      words: "vom Wortfilter zurückgehalten",
      links: "wegen Links zurückgehalten",
    },
    reported: (n) => `${n === 1 ? "einmal" : `${number(n)}-mal`} gemeldet`,
    reportedBy: "gemeldet von {name}",
    author: { muted: "Verfasser stumm", banned: "Verfasser gesperrt" },
    elsewhere: "Anderswo entschieden.",
    context: "Nachrichten davor und danach",
    loadingContext: "Die Nachrichten davor und danach werden geladen…",
    noContext: "Das Thema hat noch keine Nachrichten.",
    removed: "Die Nachricht wurde gelöscht.",
    gone: "Das Thema hat diese Nachricht nicht mehr.",
    acts: {
      approve: "Freigeben",
      keep: "Behalten",
      reject: "Ablehnen",
      remove: "Löschen",
      mute: "10 Min. stummschalten",
      ban: "Sperren",
      shadow: "Verbergen",
      select: "Auswählen",
    },
    done: {
      approve: "Freigegeben.",
      keep: "Behalten.",
      reject: "Abgelehnt.",
      remove: "Gelöscht.",
      mute: "Für 10 Minuten stummgeschaltet.",
      ban: "Gesperrt.",
      shadow: "Verborgen.",
    },
  },
  message: {
    id: "Die Kennung für Maßnahmen und Exporte",
    changes: {
      edit: "hat eine Nachricht bearbeitet",
      remove: "hat eine Nachricht gelöscht",
      pin: "hat eine Nachricht angeheftet oder gelöst",
      react: "hat reagiert",
      hidden: "verborgen",
    },
    removedBy: { author: "vom Verfasser gelöscht", moderator: "von der Moderation gelöscht" },
  },
  topics: {
    search: "Themen nach Namen suchen",
    make: "Neues Thema",
    nameOrPattern: "Name, oder Anfang von Namen gefolgt von *",
    hint: "Erlaubt sind Buchstaben, Ziffern und . _ : - . Gäste dürfen lesen und schreiben, bis du die Regeln änderst.",
    readOnly: "nur lesen",
    closed: "geschlossen: keine Regel",
    here: (n) => `${number(n)} hier`,
    messages,
    noneYet: "noch keine",
    notFound: "Kein Thema hat das im Namen.",
    showMore: (n) => `${number(n)} anzeigen`,
    more: "Es gibt weitere: Suche nach dem Namen.",
    patterns: "Regeln für Muster",
  },
  topic: {
    newest: "Neueste Nachrichten",
    writeAs: "Als Betreiber schreiben",
    send: "Senden",
    empty: "Noch keine Nachrichten.",
    sent: "Gesendet.",
    readOnly: "Nur lesen",
    isReadOnly: "Jetzt kann nur die Moderation schreiben.",
    isOpen: "Alle können wieder schreiben.",
    hold: "Vor Erscheinen prüfen",
    holds: { none: "keine Nachrichten", guests: "Nachrichten von Gästen", all: "alle Nachrichten" },
    holdChanged: "Prüfung geändert.",
    clear: "Leeren",
    clearAbout:
      "Löscht alle Nachrichten des Themas für alle und endgültig. Exportiere sie vorher, wenn du sie noch brauchst.",
    cleared: "Alle Nachrichten sind gelöscht.",
    delete: "Löschen",
    deleteAbout:
      "Löscht alle Nachrichten und die Regel endgültig. Danach kann niemand das Thema lesen oder darin schreiben.",
    deleteKeeps: (source) =>
      `Löscht alle Nachrichten endgültig. Das Thema selbst bleibt leer bestehen, weil ${source} es erlaubt.`,
    deleted: "Thema gelöscht.",
    noRule: "Keine Regel erlaubt dieses Thema: Außer dir kann es niemand lesen.",
    rules: "Regeln",
    rulesSaved: "Regeln gespeichert. Sie gelten ab jetzt.",
    backToFile: "Zurück zu kabar.toml",
    fileInForce: "Die Regel aus kabar.toml gilt.",
    removeRule: "Regel entfernen",
    ruleRemoved: "Die Regel ist entfernt.",
    fromFile: "Aus kabar.toml. Was du hier speicherst, ersetzt sie und übersteht Neustarts.",
    fromApi: "Im laufenden Betrieb gesetzt. Sie übersteht Neustarts.",
    fromPattern: (pattern) =>
      `Dieses Thema folgt der Regel von ${pattern}. Was du hier speicherst, wird seine eigene Regel.`,
  },
  rules: {
    save: "Regeln speichern",
    discard: "Verwerfen",
    empty: "leer",
    inFile: (value) => `kabar.toml: ${value}.`,
    levels: { write: "dürfen lesen und schreiben", read: "dürfen lesen", none: "haben keinen Zugang" },
    yesNo: { true: "ja", false: "nein" },
    linkRights: { allow: "alle", "guests-no": "angemeldete Nutzer", none: "niemand" },
    fields: {
      title: { label: "Titel", about: "Der Name des Themas, wie ihn alle sehen. Leer: sein eigener Name." },
      guests: { label: "Gäste", about: "Besucher ohne Konto." },
      users: { label: "Angemeldete Nutzer", about: "Sofern ihr Token nichts anderes gewährt." },
      react: { label: "Reaktionen", about: "Ob man mit Emojis reagieren kann." },
      people: { label: "Personenliste", about: "Ob Lesende sehen, wer hier ist." },
      links: { label: "Links", about: "Wer Links schreiben darf. Die Moderation darf es immer." },
      maxTextBytes: { label: "Längster Text", about: "In Byte (UTF-8)." },
      retainMessages: {
        label: "Höchstens behalten",
        about: "Nachrichten; ältere werden gelöscht. 0 behält alle.",
      },
      retainDays: { label: "Behalten für", about: "Tage. 0 behält alle." },
    },
  },
  people: {
    search: "Personen nach Namen oder Kennung suchen",
    about:
      "Alle, die gerade hier sind oder gegen die eine Maßnahme gilt. Andere findest du über ihre vollständige Kennung, die neben jeder Nachricht steht.",
    nobody: "Niemand gefunden.",
    here: "hier:",
    sanctionIn: {
      mute: "stumm in {topic}",
      ban: "gesperrt in {topic}",
      shadow: "verborgen in {topic}",
    },
    by: (name) => `durch ${name}`,
    endless: "ohne Ende",
    ends: (when) => `endet ${when}`,
    more: (n) => `${number(n)} weitere: Suche nach Namen oder Kennung.`,
    lift: "Aufheben",
    lifted: "Aufgehoben.",
    erase: "Tilgen",
    revoke: "Anmeldungen widerrufen",
    revoked: "Alle bisherigen Anmeldungen werden abgewiesen.",
    eraseAbout:
      "Löscht die Nachrichten der Person endgültig und entfernt ihre Kennung und ihren Namen überall sonst. Antworten anderer bleiben.",
    erased: (n) => `Aus ${count(n, "Eintrag", "Einträgen")} getilgt.`,
  },
};
