/** French words of the console's views of messages, topics and people. */
import type { ConsoleTopicWords } from "./console-topic-words.ts";

const number = (n: number): string => n.toLocaleString("fr");
const plural = new Intl.PluralRules("fr");
const count = (n: number, one: string, many: string): string =>
  `${number(n)} ${plural.select(n) === "one" ? one : many}`;
const messages = (n: number): string => count(n, "message", "messages");

/** French. */
export const words: ConsoleTopicWords = {
  inbox: {
    nothing: "Rien à examiner.",
    waiting: (n) => `${messages(n)} à examiner.`,
    more: (n) => `Encore ${number(n)} après ceux-ci.`,
    selected: (n) => count(n, "sélectionné.", "sélectionnés."),
    clear: (n) => `Masquer ${count(n, "message traité", "messages traités")}`,
    select: (topic) => `Sélectionner, ${topic}`,
    label: {
      held: (topic) => `Message retenu dans ${topic}`,
      reported: (topic) => `Message signalé dans ${topic}`,
    },
    heldFor: {
      review: "en attente de validation",
      words: "retenu par le filtre de mots",
      links: "retenu pour ses liens",
    },
    reported: (n) => `signalé ${number(n)} fois`,
    reportedBy: "signalé par {name}",
    author: { muted: "auteur réduit au silence", banned: "auteur exclu" },
    elsewhere: "Traité ailleurs.",
    context: "Messages autour",
    loadingContext: "Chargement des messages autour…",
    noContext: "Le sujet n’a pas encore de messages.",
    removed: "Le message a été supprimé.",
    gone: "Le sujet n’a plus ce message.",
    acts: {
      approve: "Approuver",
      keep: "Garder",
      reject: "Refuser",
      remove: "Supprimer",
      mute: "Silence 10 min",
      ban: "Exclure",
      shadow: "Masquer",
      select: "Sélectionner",
    },
    done: {
      approve: "Approuvé.",
      keep: "Gardé.",
      reject: "Refusé.",
      remove: "Supprimé.",
      mute: "Réduit au silence pendant 10 minutes.",
      ban: "Exclu.",
      shadow: "Masqué.",
    },
  },
  message: {
    id: "L’identifiant utilisé par les sanctions et les exports",
    changes: {
      edit: "a modifié un message",
      remove: "a supprimé un message",
      pin: "a épinglé ou détaché un message",
      react: "a réagi",
      hidden: "masqué",
    },
    removedBy: { author: "supprimé par son auteur", moderator: "supprimé par un modérateur" },
  },
  topics: {
    search: "Rechercher un sujet par son nom",
    make: "Nouveau sujet",
    nameOrPattern: "Nom, ou début de plusieurs noms suivi de *",
    hint: "Lettres, chiffres et . _ : - sont autorisés. Les invités peuvent lire et écrire tant que vous ne changez pas les règles.",
    readOnly: "lecture seule",
    closed: "fermé : aucune règle",
    here: (n) => count(n, "présent", "présents"),
    messages,
    noneYet: "aucun",
    notFound: "Aucun sujet n’a cela dans son nom.",
    showMore: (n) => `En afficher ${number(n)}`,
    more: "Il y en a d’autres : recherchez par nom.",
    patterns: "Règles par motif",
  },
  topic: {
    newest: "Derniers messages",
    writeAs: "Écrire en tant qu’opérateur",
    send: "Envoyer",
    empty: "Pas encore de messages.",
    sent: "Envoyé.",
    readOnly: "Lecture seule",
    isReadOnly: "Seuls les modérateurs peuvent écrire maintenant.",
    isOpen: "Tout le monde peut écrire à nouveau.",
    hold: "Vérifier avant publication",
    holds: { none: "aucun message", guests: "les messages des invités", all: "tous les messages" },
    holdChanged: "Vérification modifiée.",
    clear: "Vider",
    clearAbout:
      "Supprime définitivement tous les messages du sujet, pour tout le monde. Exportez-les d’abord si vous pourriez en avoir besoin.",
    cleared: "Tous les messages sont supprimés.",
    delete: "Supprimer",
    deleteAbout:
      "Supprime définitivement tous les messages et la règle. Plus personne ne pourra lire le sujet ni y écrire.",
    deleteKeeps: (source) =>
      `Supprime définitivement tous les messages. Le sujet lui-même reste ouvert, vide, car ${source} l’autorise.`,
    deleted: "Sujet supprimé.",
    noRule: "Aucune règle n’autorise ce sujet : vous seul pouvez le lire.",
    rules: "Règles",
    rulesSaved: "Règles enregistrées. Elles sont en vigueur.",
    backToFile: "Revenir à kabar.toml",
    fileInForce: "La règle de kabar.toml est en vigueur.",
    removeRule: "Retirer la règle",
    ruleRemoved: "La règle est retirée.",
    fromFile: "De kabar.toml. Ce que vous enregistrez ici la remplace et survit aux redémarrages.",
    fromApi: "Définie pendant que le serveur tournait. Elle survit aux redémarrages.",
    fromPattern: (pattern) =>
      `Ce sujet suit la règle de ${pattern}. Ce que vous enregistrez ici devient sa propre règle.`,
  },
  rules: {
    save: "Enregistrer les règles",
    discard: "Annuler les changements",
    empty: "vide",
    inFile: (value) => `kabar.toml : ${value}.`,
    levels: { write: "peuvent lire et écrire", read: "peuvent lire", none: "n’ont pas accès" },
    yesNo: { true: "oui", false: "non" },
    linkRights: { allow: "tout le monde", "guests-no": "utilisateurs connectés", none: "personne" },
    fields: {
      title: { label: "Titre", about: "Le nom du sujet tel qu’on le voit. Vide : son propre nom." },
      guests: { label: "Invités", about: "Visiteurs sans compte." },
      users: { label: "Utilisateurs connectés", about: "Sauf si leur jeton accorde autre chose." },
      react: { label: "Réactions", about: "Si l’on peut réagir avec des émojis." },
      people: { label: "Liste des personnes", about: "Si les lecteurs voient qui est là." },
      links: { label: "Liens", about: "Qui peut écrire des liens. Les modérateurs le peuvent toujours." },
      maxTextBytes: { label: "Texte le plus long", about: "En octets UTF-8." },
      retainMessages: {
        label: "Garder au plus",
        about: "Messages ; les plus anciens sont supprimés. 0 les garde tous.",
      },
      retainDays: { label: "Garder pendant", about: "Jours. 0 les garde tous." },
    },
  },
  people: {
    search: "Rechercher une personne par nom ou identifiant",
    about:
      "Les personnes présentes ou sanctionnées. Les autres se trouvent par leur identifiant complet, affiché à côté de chaque message.",
    nobody: "Personne trouvé.",
    here: "présent dans :",
    sanctionIn: {
      mute: "réduit au silence dans {topic}",
      ban: "exclu de {topic}",
      shadow: "masqué dans {topic}",
    },
    by: (name) => `par ${name}`,
    endless: "sans fin",
    ends: (when) => `se termine ${when}`,
    more: (n) => `${number(n)} de plus : recherchez par nom ou identifiant.`,
    lift: "Lever",
    lifted: "Sanction levée.",
    erase: "Effacer",
    revoke: "Révoquer les connexions",
    revoked: "Toutes les connexions précédentes sont refusées.",
    eraseAbout:
      "Supprime définitivement les messages de l’utilisateur, et retire son identifiant et son nom de tout le reste. Les réponses des autres restent.",
    erased: (n) => `Effacé de ${count(n, "entrée", "entrées")}.`,
  },
};
