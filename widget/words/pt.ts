/** Portuguese words of the chat. */
import type { LaterStrings, Translation } from "./list-words.ts";
import type { Words } from "./later-words.ts";

const number = (n: number): string => n.toLocaleString("pt");
const plural = new Intl.PluralRules("pt");
const messages = (n: number): string =>
  `${number(n)} ${plural.select(n) === "one" ? "mensagem" : "mensagens"}`;

/** Portuguese. */
export const translation: Translation = {
  lang: "pt",
  chat: (title) => `Chat, ${title}`,
  transcript: (topic) => `Mensagens, ${topic}`,
  newMessages: "Novas mensagens",
  composer: "Mensagem",
  hint: (name) => `Escreva como ${name}…`,
  send: "Enviar",
  close: "Fechar",
  rename: "Mudar nome",
  today: "Hoje",
  yesterday: "Ontem",
  unread: "Novo",
  away: (n) => `${messages(n)} enquanto você esteve fora`,
  gap: (n) =>
    `${number(n)} ${plural.select(n) === "one" ? "mensagem antiga expirou" : "mensagens antigas expiraram"}`,
  empty: "Ainda não há mensagens. Diga oi!",
  public: "Este chat é público: todos podem ler.",
  loading: "Carregando mensagens anteriores",
  jump: (n) =>
    n
      ? `${n > 99 ? `${number(99)}+` : number(n)} não lidas · Ir para a mais recente`
      : "Ir para a mais recente",
  you: "Você",
  operator: "Operador",
  notSent: "Não enviada",
  tooLong: (n) => `Cerca de ${number(n)} ${plural.select(n) === "one" ? "caractere" : "caracteres"} a mais`,
  readonly: "Este chat é somente leitura.",
  connecting: "Conectando…",
  retrying: "Reconectando…",
  retryIn: (seconds) => `Reconectando em ${number(seconds)} s`,
  tryNow: "Tentar agora",
  offline: "Você está sem conexão. As mensagens serão enviadas quando ela voltar.",
  online: "Conectado de novo",
  refused: "Este chat não está disponível no momento.",
  newTab: "Abrir o chat em nova aba",
  broken: "Não é possível mostrar esta mensagem.",
};

/** Words of chunks that most visits never load. */
export const later: LaterStrings = {
  launcher: (unread) => (unread ? `Chat, ${number(unread)} por ler` : "Chat"),
  yourName: "Seu nome",
  save: "Salvar",
  cancel: "Cancelar",
  badName: "Use de 1 a 40 caracteres.",
  nameTaken: "Esse nome está em uso ou reservado. Escolha outro.",
};

/** Words of the chunks that load after the first list. */
export const words: Words = {
  sending: "Aguardando envio",
  held: "Aguardando revisão",
  rejected: "Não aprovada",
  blocked: "Contém algo que não é permitido aqui.",
  aimGone: "A mensagem que você respondeu não existe mais.",
  noGuests: "Novos convidados não podem escrever aqui agora.",
  retry: "Tentar de novo",
  discard: "Apagar",
  tooFast: "Um pouco mais devagar. A mensagem será enviada em instantes.",
  manyNew: (n, topic) =>
    `${number(n)} ${plural.select(n) === "one" ? "nova mensagem" : "novas mensagens"} em ${topic}`,
  tooMany: "Há mensagens demais aguardando envio.",
  newGuest: "Este navegador bloqueia o armazenamento. Ao recarregar, você será um novo convidado.",
  actions: "Ações da mensagem",
  reply: "Responder",
  react: "Reagir",
  edit: "Editar",
  remove: "Apagar",
  removeAsk: "Apagar esta mensagem?",
  copy: "Copiar texto",
  copied: "Copiado",
  moderate: "Moderar",
  edited: "(editada)",
  stopped: "(incompleta)",
  removed: { author: "Mensagem apagada", moderator: "Mensagem apagada por um moderador" },
  yours: "Um moderador apagou sua mensagem.",
  earlier: "Uma mensagem anterior",
  quote: (name) => `Em resposta a ${name}`,
  replyTo: (name) => `Responder a ${name}`,
  editing: "Você está editando sua mensagem",
  cancel: "Cancelar",
  failed: (why) => `Não deu certo: ${why || "sem conexão"}`,
  reaction: (name, n, mine) => `${name}, ${number(n)}${mine ? ", também sua" : ""}`,
  publicChat: "Chat público",
  people: (n) => `${number(n)} online`,
  offline: "Offline",
  members: "Pessoas online",
  crowded: "Pessoas demais para listar.",
  typing: (names) =>
    names.length > 2
      ? "Várias pessoas escrevem…"
      : names.length === 2
        ? `${names.join(" e ")} escrevem…`
        : `${names[0]} escreve…`,
  slow: (wait) => `Modo lento: ${wait}`,
  emojiOnly: "Só emojis no momento.",
  holding: "As mensagens são revisadas antes de aparecer.",
  closed: "No momento, só moderadores podem escrever.",
  signedOut: "Sua sessão expirou. Entre de novo para escrever.",
  muted: "Você foi silenciado",
  banned: "Você foi banido deste chat",
  until: (when) => ` até ${when}`,
  because: (why) => `: ${why}`,
  pinned: "Fixada",
  nextPin: (at, n) => `${number(at)}/${number(n)}, próxima mensagem fixada`,
  link: "Copiar link",
  far: "Essa mensagem é antiga demais para ser mostrada aqui.",
  paused: (n) => (n ? `Em pausa · ${n > 99 ? "99+" : number(n)} novas` : "Em pausa"),
  mention: "Mencionar alguém",
  emoji: {
    title: "Emojis",
    search: "Buscar emojis",
    more: "Mais emojis",
    found: (n) => (n ? `${number(n)} encontrados` : "Nenhum resultado"),
    groups: ["Carinhas", "Mãos e pessoas", "Corações e símbolos", "Natureza", "Comida e bebida", "Objetos"],
  },
  menu: { title: "Menu", search: "Pesquisar", popOut: "Abrir em uma nova janela", settings: "Configurações" },
  resize: "Redimensionar",
  report: {
    ask: "Denunciar mensagem",
    why: "Motivo (opcional)",
    send: "Denunciar",
    done: "Denúncia enviada. Agradecemos.",
  },
  hidden: "Visível só para os moderadores e o autor",
  ephemeral: "Não é salva; some ao recarregar",
  more: "Mostrar mais",
  less: "Mostrar menos",
  noFiles: "Aqui só texto e links.",
};
