/** English words of the ways into the console, and of its named owners. */

/** The words that a language must provide. */
export type ConsoleAccessWords = typeof english;

/** English, the language of last resort. */
export const english = {
  access: {
    name: "Name",
    passphrase: "Passphrase",
    owners: "Owners",
    ownersAbout:
      "They sign in with a name and a passphrase and have all rights of the operator. The audit log shows what each of them did. A new passphrase ends an owner’s sessions.",
    newOwner: "New owner",
    passphraseRule: "Passphrase (at least 15 characters)",
    again: "Repeat the passphrase",
    advice: "Four or five words that do not belong together make a good one.",
    differ: "The two passphrases are not the same.",
    save: "Save",
    saved: "Passphrase saved.",
    setAt: (when: string) => `passphrase set ${when}`,
    newPassphrase: "New passphrase",
    newPassphraseFor: (name: string) => `New passphrase for ${name}`,
    remove: "Remove",
    removeOwner: "Remove owner",
    removeAbout: "The sessions of this owner end at once.",
    removed: "Owner removed.",
    none: "No owners yet.",
    withProvider: (provider: string) => `Sign in with ${provider}`,
    oidc: {
      away: "The provider does not answer as it should right now. Try again later, or come in another way.",
      refused: "The provider did not sign you in. Try again.",
      unknown:
        "You are not on the list of owners that the provider may sign in (oidc_allowed), or your e-mail address is not verified.",
      expired: "This sign-in took too long or began in another browser. Try again.",
      busy: "Too many failed sign-ins from your address. Try again later.",
    },
  },
};
