/** French: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("fr");
const plural = new Intl.PluralRules("fr");
const messages = (n: number): string => `${number(n)} ${plural.select(n) === "one" ? "message" : "messages"}`;

/** French. */
export const translation: Translation = {
  lang: "fr",
  chat: (title) => `Discussion, ${title}`,
  launcher: (unread) => (unread ? `Discussion, ${number(unread)} non lus` : "Discussion"),
  transcript: (topic) => `Messages, ${topic}`,
  newMessages: "Nouveaux messages",
  composer: "Message",
  placeholder: (title) => `Message dans ${title}`,
  send: "Envoyer",
  close: "Fermer",
  writeAs: "Écrire en tant que ",
  changeName: "Changer de nom",
  yourName: "Votre nom",
  save: "Enregistrer",
  cancel: "Annuler",
  badName: "De 1 à 40 caractères.",
  today: "Aujourd’hui",
  yesterday: "Hier",
  unread: "Nouveau",
  away: (n) => `${messages(n)} pendant votre absence`,
  gap: (n) => `${messages(n)} : plus conservé`,
  empty: "Écrivez le premier message",
  loadingOlder: "Chargement des messages précédents",
  jump: (n) =>
    n ? `${n > 99 ? `${number(99)}+` : number(n)} à lire · Aller au dernier` : "Aller au dernier",
  you: "Vous",
  operator: "Opérateur",
  sending: "En attente",
  held: "En attente d’un modérateur",
  rejected: "Non approuvé",
  notSent: "Non envoyé",
  retry: "Réessayer",
  discard: "Supprimer",
  tooFast: "Trop rapide : l’envoi suit dans un instant.",
  tooLong: (over) => `${number(over)} octets de trop`,
  tooMany: "Trop de messages non envoyés.",
  readonly: "Ici, vous pouvez seulement lire.",
  guestAgain: "Ce navigateur ne garde rien : après rechargement, vous serez un nouvel invité.",
  connecting: "Connexion…",
  reconnecting: "Reconnexion…",
  reconnectingIn: (seconds) => `Reconnexion dans ${number(seconds)} s`,
  tryNow: "Réessayer",
  offline: "Vous êtes hors ligne. Les messages partiront à votre retour.",
  online: "De nouveau en ligne",
  refused: "Cette discussion ne peut pas s’afficher ici.",
  openInTab: "Ouvrir la discussion dans un nouvel onglet",
  broken: "Ce message n’a pas pu s’afficher",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${messages(n)} à lire dans ${topic}`,
};
