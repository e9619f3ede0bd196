/** German words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** German. */
export const words: ConsoleAccessWords = {
  access: {
    name: "Name",
    passphrase: "Passphrase",
    owners: "Inhaber",
    ownersAbout:
      "Sie melden sich mit Namen und Passphrase an und haben alle Rechte des Betreibers. Das Protokoll zeigt, was jeder von ihnen getan hat. Eine neue Passphrase beendet die Sitzungen des Inhabers.",
    newOwner: "Neuer Inhaber",
    passphraseRule: "Passphrase (mindestens 15 Zeichen)",
    again: "Passphrase wiederholen",
    advice: "Vier oder fünf Wörter, die nicht zusammengehören, sind eine gute Wahl.",
    differ: "Die beiden Passphrasen stimmen nicht überein.",
    save: "Speichern",
    saved: "Passphrase gespeichert.",
    setAt: (when) => `Passphrase gesetzt ${when}`,
    newPassphrase: "Neue Passphrase",
    newPassphraseFor: (name) => `Neue Passphrase für ${name}`,
    remove: "Entfernen",
    removeOwner: "Inhaber entfernen",
    removeAbout: "Die Sitzungen dieses Inhabers enden sofort.",
    removed: "Inhaber entfernt.",
    none: "Noch keine Inhaber.",
    withProvider: (provider) => `Mit ${provider} anmelden`,
    oidc: {
      away: "Der Anbieter antwortet gerade nicht, wie er soll. Versuche es später noch einmal oder melde dich anders an.",
      refused: "Der Anbieter hat dich nicht angemeldet. Versuche es noch einmal.",
      unknown:
        "Du stehst nicht auf der Liste der Inhaber, die der Anbieter anmelden darf (oidc_allowed), oder deine E-Mail-Adresse ist nicht bestätigt.",
      expired:
        "Diese Anmeldung hat zu lange gedauert oder in einem anderen Browser begonnen. Versuche es noch einmal.",
      busy: "Zu viele fehlgeschlagene Anmeldungen von deiner Adresse. Versuche es später noch einmal.",
    },
  },
};
