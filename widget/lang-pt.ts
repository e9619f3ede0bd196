/** Portuguese: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("pt");
const plural = new Intl.PluralRules("pt");
const messages = (n: number): string =>
  `${number(n)} ${plural.select(n) === "one" ? "mensagem" : "mensagens"}`;

/** Portuguese. */
export const translation: Translation = {
  lang: "pt",
  chat: (title) => `Chat, ${title}`,
  launcher: (unread) => (unread ? `Chat, ${number(unread)} por ler` : "Chat"),
  transcript: (topic) => `Mensagens, ${topic}`,
  newMessages: "Novas mensagens",
  composer: "Mensagem",
  placeholder: (title) => `Mensagem para ${title}`,
  send: "Enviar",
  close: "Fechar",
  writeAs: "Escrever como ",
  changeName: "Mudar nome",
  yourName: "Seu nome",
  save: "Salvar",
  cancel: "Cancelar",
  badName: "Use de 1 a 40 caracteres.",
  today: "Hoje",
  yesterday: "Ontem",
  unread: "Novo",
  away: (n) => `${messages(n)} enquanto você esteve fora`,
  gap: (n) => `${messages(n)} fora do arquivo`,
  empty: "Seja a primeira pessoa a escrever",
  loadingOlder: "Carregando mensagens anteriores",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} por ler · Ir para o fim` : "Ir para o fim"),
  you: "Você",
  operator: "Operador",
  sending: "Na fila",
  held: "Aguardando um moderador",
  rejected: "Não aprovado",
  notSent: "Não enviada",
  retry: "Tentar de novo",
  discard: "Apagar",
  tooFast: "Rápido demais: será enviada em instantes.",
  tooLong: (over) => `${number(over)} bytes a mais`,
  tooMany: "Mensagens não enviadas demais.",
  readonly: "Aqui você só pode ler.",
  guestAgain: "Este navegador não guarda nada: ao recarregar, você será um novo convidado.",
  connecting: "Conectando…",
  reconnecting: "Reconectando…",
  reconnectingIn: (seconds) => `Reconectando em ${number(seconds)} s`,
  tryNow: "Tentar agora",
  offline: "Você está sem conexão. As mensagens serão enviadas quando ela voltar.",
  online: "Conectado de novo",
  refused: "Este chat não pode ser mostrado aqui.",
  openInTab: "Abrir o chat em nova aba",
  broken: "Não foi possível mostrar esta mensagem",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${messages(n)} por ler em ${topic}`,
};
