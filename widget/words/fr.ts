/** French words of the chat. */
import type { LaterStrings, Translation } from "./list-words.ts";
import type { Words } from "./later-words.ts";

const number = (n: number): string => n.toLocaleString("fr");
const plural = new Intl.PluralRules("fr");
const messages = (n: number): string => `${number(n)} ${plural.select(n) === "one" ? "message" : "messages"}`;

/** French. */
export const translation: Translation = {
  lang: "fr",
  chat: (title) => `Discussion, ${title}`,
  transcript: (topic) => `Messages, ${topic}`,
  newMessages: "Nouveaux messages",
  composer: "Message",
  hint: (name) => `Écrivez en tant que ${name}…`,
  send: "Envoyer",
  close: "Fermer",
  rename: "Changer de nom",
  today: "Aujourd’hui",
  yesterday: "Hier",
  unread: "Nouveau",
  away: (n) => `${messages(n)} pendant votre absence`,
  gap: (n) =>
    `${number(n)} ${plural.select(n) === "one" ? "ancien message a expiré" : "anciens messages ont expiré"}`,
  empty: "Aucun message pour l’instant. Dites bonjour !",
  public: "Cette discussion est publique.",
  loading: "Chargement des messages précédents",
  jump: (n) =>
    n ? `${n > 99 ? `${number(99)}+` : number(n)} non lus · Aller au plus récent` : "Aller au plus récent",
  you: "Vous",
  operator: "Opérateur",
  notSent: "Non envoyé",
  tooLong: (n) => `Environ ${number(n)} ${plural.select(n) === "one" ? "caractère" : "caractères"} de trop`,
  readonly: "Cette discussion est en lecture seule.",
  connecting: "Connexion…",
  retrying: "Reconnexion…",
  retryIn: (seconds) => `Reconnexion dans ${number(seconds)} s`,
  tryNow: "Réessayer",
  offline: "Vous êtes hors ligne. Les messages partiront à votre retour.",
  online: "De nouveau en ligne",
  refused: "Cette discussion n’est pas disponible pour le moment.",
  newTab: "Ouvrir la discussion dans un nouvel onglet",
  broken: "Impossible d’afficher ce message.",
};

/** Words of chunks that most visits never load. */
export const later: LaterStrings = {
  launcher: (unread) => (unread ? `Discussion, ${number(unread)} non lus` : "Discussion"),
  yourName: "Votre nom",
  save: "Enregistrer",
  cancel: "Annuler",
  badName: "De 1 à 40 caractères.",
  nameTaken: "Ce nom est déjà pris ou réservé. Choisissez-en un autre.",
};

/** Words of the chunks that load after the first list. */
export const words: Words = {
  sending: "En attente d’envoi",
  held: "En attente de validation",
  rejected: "Non approuvé",
  blocked: "Il contient quelque chose d’interdit ici.",
  aimGone: "Le message auquel vous répondez n’existe plus.",
  noGuests: "Les nouveaux invités ne peuvent pas écrire ici.",
  retry: "Réessayer",
  discard: "Supprimer",
  tooFast: "Un peu moins vite. Le message part dans un instant.",
  manyNew: (n, topic) =>
    `${number(n)} ${plural.select(n) === "one" ? "nouveau message" : "nouveaux messages"} dans ${topic}`,
  tooMany: "Trop de messages sont en attente d’envoi.",
  newGuest: "Ce navigateur bloque le stockage. Après rechargement, vous serez un nouvel invité.",
  actions: "Actions du message",
  reply: "Répondre",
  react: "Réagir",
  edit: "Modifier",
  remove: "Supprimer",
  removeAsk: "Supprimer ce message ?",
  copy: "Copier le texte",
  copied: "Copié",
  moderate: "Modérer",
  edited: "(modifié)",
  stopped: "(inachevé)",
  removed: { author: "Message supprimé", moderator: "Message supprimé par un modérateur" },
  yours: "Un modérateur a supprimé votre message.",
  earlier: "Un message antérieur",
  quote: (name) => `En réponse à ${name}`,
  replyTo: (name) => `Répondre à ${name}`,
  editing: "Vous modifiez votre message",
  cancel: "Annuler",
  failed: (why) => `Échec : ${why || "pas de connexion"}`,
  reaction: (name, n, mine) => `${name}, ${number(n)}${mine ? ", dont vous" : ""}`,
  publicChat: "Discussion publique",
  people: (n) => `${number(n)} en ligne`,
  offline: "Hors ligne",
  members: "Personnes en ligne",
  crowded: "Trop de monde pour afficher la liste.",
  typing: (names) =>
    names.length > 2
      ? "Plusieurs personnes écrivent…"
      : names.length === 2
        ? `${names.join(" et ")} écrivent…`
        : `${names[0]} écrit…`,
  slow: (wait) => `Mode lent : ${wait}`,
  emojiOnly: "Émojis uniquement pour le moment.",
  holding: "Les messages sont vérifiés avant d’apparaître.",
  closed: "Seuls les modérateurs peuvent écrire pour le moment.",
  signedOut: "Votre session a expiré. Reconnectez-vous pour écrire.",
  muted: "Vous ne pouvez pas écrire ici",
  banned: "Vous avez été exclu de cette discussion",
  until: (when) => ` jusqu’au ${when}`,
  because: (why) => ` : ${why}`,
  pinned: "Épinglé",
  nextPin: (at, n) => `${number(at)}/${number(n)}, message épinglé suivant`,
  link: "Copier le lien",
  far: "Ce message est trop ancien.",
  paused: (n) => (n ? `En pause · ${n > 99 ? "99+" : number(n)} nouveaux` : "En pause"),
  mention: "Mentionner quelqu’un",
  emoji: {
    title: "Émojis",
    search: "Chercher un émoji",
    more: "Plus d’émojis",
    found: (n) =>
      n ? `${number(n)} ${plural.select(n) === "one" ? "trouvé" : "trouvés"}` : "Aucun résultat",
    groups: [
      "Smileys",
      "Mains et personnes",
      "Cœurs et symboles",
      "Nature",
      "Nourriture et boissons",
      "Objets",
    ],
  },
  menu: {
    title: "Menu",
    search: "Rechercher",
    popOut: "Ouvrir dans une nouvelle fenêtre",
    settings: "Réglages",
  },
  resize: "Redimensionner",
  report: {
    ask: "Signaler le message",
    why: "Motif (facultatif)",
    send: "Signaler",
    done: "Signalement envoyé. Merci.",
  },
  hidden: "Visible uniquement par les modérateurs et l’auteur",
  ephemeral: "Non enregistré, disparaît au rechargement",
  more: "Afficher plus",
  less: "Afficher moins",
  noFiles: "Texte et liens uniquement.",
};
