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
  },
};
