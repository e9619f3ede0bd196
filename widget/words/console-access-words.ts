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
    removeAbout: "This owner’s sessions and passkeys end at once.",
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
  passkeys: {
    title: "Passkeys",
    about:
      "A passkey signs an owner in with a fingerprint, a face or a PIN, without a name or passphrase, at the address where it was made. Removing it ends its sessions. A new passphrase leaves it as it is.",
    add: "Add passkey",
    addFor: (owner: string) => `Add a passkey for ${owner}`,
    owner: "Owner",
    name: "Name, such as that of the device",
    thisDevice:
      "Your browser asks where to keep it: on this device, in your password manager, or on a security key.",
    added: "Passkey added.",
    removed: "Passkey removed.",
    addedAt: (when: string) => `added ${when}`,
    usedAt: (when: string) => `last used ${when}`,
    unused: "never used",
    worksAt: (address: string) => `works at ${address}`,
    copiedAt: (when: string) =>
      `It may have been copied: an old count of uses came ${when}. Remove it and add a new one.`,
    none: "No passkeys yet.",
    noOwner:
      "Passkeys belong to named owners with a passphrase. Make such an owner first, or sign in as one.",
    signIn: "Sign in with a passkey",
    insecure: "Passkeys need https: open the console by its https address, or as localhost.",
    address: "Passkeys need a host name: open the console by its name, not by numbers.",
    unsupported: "This browser has no passkeys.",
    refused:
      "This passkey was refused: it was removed, was made at another address, or the sign-in took too long. Try again, or sign in another way.",
    cancelled:
      "The browser used no passkey: it was cancelled, took too long, or there is none for this address.",
    exists: "This device already has a passkey of this owner.",
  },
};
