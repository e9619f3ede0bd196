/** French words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** French. */
export const words: ConsoleAccessWords = {
  access: {
    name: "Nom",
    passphrase: "Phrase secrète",
    owners: "Propriétaires",
    ownersAbout:
      "Ils se connectent avec un nom et une phrase secrète et ont tous les droits de l’opérateur. Le journal d’audit montre ce que chacun a fait. Une nouvelle phrase secrète met fin aux sessions du propriétaire.",
    newOwner: "Nouveau propriétaire",
    passphraseRule: "Phrase secrète (au moins 15 caractères)",
    again: "Répétez la phrase secrète",
    advice: "Quatre ou cinq mots sans rapport entre eux conviennent bien.",
    differ: "Les deux phrases secrètes sont différentes.",
    save: "Enregistrer",
    saved: "Phrase secrète enregistrée.",
    setAt: (when) => `phrase secrète définie ${when}`,
    newPassphrase: "Nouvelle phrase secrète",
    newPassphraseFor: (name) => `Nouvelle phrase secrète pour ${name}`,
    remove: "Retirer",
    removeOwner: "Retirer le propriétaire",
    removeAbout: "Les sessions de ce propriétaire prennent fin aussitôt.",
    removed: "Propriétaire retiré.",
    none: "Aucun propriétaire pour l’instant.",
    withProvider: (provider) => `Se connecter avec ${provider}`,
    oidc: {
      away: "Le fournisseur ne répond pas correctement pour le moment. Réessayez plus tard ou connectez-vous autrement.",
      refused: "Le fournisseur ne vous a pas connecté. Réessayez.",
      unknown:
        "Vous n’êtes pas sur la liste des propriétaires que le fournisseur peut connecter (oidc_allowed), ou votre adresse e-mail n’est pas vérifiée.",
      expired: "Cette connexion a pris trop de temps ou a commencé dans un autre navigateur. Réessayez.",
      busy: "Trop de connexions échouées depuis votre adresse. Réessayez plus tard.",
    },
  },
};
