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
    removeAbout: "Les sessions et clés d’accès de ce propriétaire prennent fin aussitôt.",
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
  passkeys: {
    title: "Clés d’accès",
    about:
      "Une clé d’accès connecte un propriétaire par empreinte, visage ou code PIN, sans nom ni phrase secrète, à l’adresse où elle a été créée. La retirer met fin à ses sessions. Une nouvelle phrase secrète ne la change pas.",
    add: "Ajouter une clé d’accès",
    addFor: (owner) => `Ajouter une clé d’accès pour ${owner}`,
    owner: "Propriétaire",
    name: "Nom, par exemple celui de l’appareil",
    thisDevice:
      "Votre navigateur demande où la garder : sur cet appareil, dans votre gestionnaire de mots de passe ou sur une clé de sécurité.",
    added: "Clé d’accès ajoutée.",
    removed: "Clé d’accès retirée.",
    addedAt: (when) => `ajoutée ${when}`,
    usedAt: (when) => `utilisée ${when}`,
    unused: "jamais utilisée",
    worksAt: (address) => `valable à ${address}`,
    copiedAt: (when) =>
      `Elle a peut-être été copiée : un ancien compteur d’utilisations est arrivé ${when}. Retirez-la et ajoutez-en une nouvelle.`,
    none: "Aucune clé d’accès pour l’instant.",
    noOwner:
      "Les clés d’accès sont pour les propriétaires qui ont un nom et une phrase secrète. Créez-en un d’abord, ou connectez-vous comme tel.",
    signIn: "Se connecter avec une clé d’accès",
    insecure: "Les clés d’accès exigent https : ouvrez la console par son adresse https, ou par localhost.",
    address:
      "Les clés d’accès exigent un nom d’hôte : ouvrez la console par son nom et non par des chiffres.",
    unsupported: "Ce navigateur n’a pas de clés d’accès.",
    refused:
      "Cette clé d’accès a été refusée : elle a été retirée, vient d’une autre adresse, ou la connexion a pris trop de temps. Réessayez ou connectez-vous autrement.",
    cancelled:
      "Le navigateur n’a utilisé aucune clé d’accès : annulation, délai dépassé, ou aucune clé pour cette adresse.",
    exists: "Cet appareil a déjà une clé d’accès de ce propriétaire.",
  },
};
