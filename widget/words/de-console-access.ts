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
    removeAbout: "Die Sitzungen und Passkeys dieses Inhabers enden sofort.",
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
  passkeys: {
    title: "Passkeys",
    about:
      "Ein Passkey meldet einen Inhaber mit Fingerabdruck, Gesicht oder PIN an, ohne Namen und Passphrase, an der Adresse, an der er angelegt wurde. Wird er entfernt, enden seine Sitzungen. Eine neue Passphrase ändert ihn nicht.",
    add: "Passkey hinzufügen",
    addFor: (owner) => `Passkey für ${owner} hinzufügen`,
    owner: "Inhaber",
    name: "Name, zum Beispiel der des Geräts",
    thisDevice:
      "Dein Browser fragt, wo er ihn aufbewahren soll: auf diesem Gerät, in deinem Passwortmanager oder auf einem Sicherheitsschlüssel.",
    added: "Passkey hinzugefügt.",
    removed: "Passkey entfernt.",
    addedAt: (when) => `hinzugefügt ${when}`,
    usedAt: (when) => `zuletzt benutzt ${when}`,
    unused: "nie benutzt",
    worksAt: (address) => `gilt an ${address}`,
    copiedAt: (when) =>
      `Er könnte kopiert worden sein: ${when} kam ein alter Zählerstand. Entferne ihn und lege einen neuen an.`,
    none: "Noch keine Passkeys.",
    noOwner:
      "Passkeys gehören Inhabern mit Namen und Passphrase. Lege zuerst einen solchen Inhaber an oder melde dich als einer an.",
    signIn: "Mit einem Passkey anmelden",
    insecure: "Passkeys brauchen https: Öffne die Konsole über ihre https-Adresse oder als localhost.",
    address: "Passkeys brauchen einen Hostnamen: Öffne die Konsole über ihren Namen, nicht über Zahlen.",
    unsupported: "Dieser Browser hat keine Passkeys.",
    refused:
      "Dieser Passkey wurde abgelehnt: Er wurde entfernt, gehört zu einer anderen Adresse, oder die Anmeldung dauerte zu lange. Versuche es noch einmal oder melde dich anders an.",
    cancelled:
      "Der Browser hat keinen Passkey benutzt: Es wurde abgebrochen, hat zu lange gedauert, oder für diese Adresse gibt es keinen.",
    exists: "Dieses Gerät hat schon einen Passkey dieses Inhabers.",
  },
};
