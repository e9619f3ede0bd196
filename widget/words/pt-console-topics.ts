/** Portuguese words of the console's views of messages, topics and people. */
import type { ConsoleTopicWords } from "./console-topic-words.ts";

const number = (n: number): string => n.toLocaleString("pt");
const plural = new Intl.PluralRules("pt");
const count = (n: number, one: string, many: string): string =>
  `${number(n)} ${plural.select(n) === "one" ? one : many}`;
const messages = (n: number): string => count(n, "mensagem", "mensagens");

/** Portuguese. */
export const words: ConsoleTopicWords = {
  inbox: {
    nothing: "Nada para revisar.",
    waiting: (n) => `${messages(n)} para revisar.`,
    more: (n) => `Mais ${number(n)} depois destas.`,
    selected: (n) => count(n, "selecionada.", "selecionadas."),
    clear: (n) => `Ocultar ${count(n, "resolvida", "resolvidas")}`,
    select: (topic) => `Selecionar, ${topic}`,
    label: {
      held: (topic) => `Mensagem retida em ${topic}`,
      reported: (topic) => `Mensagem denunciada em ${topic}`,
    },
    heldFor: {
      review: "aguardando revisão",
      words: "retida pelo filtro de palavras",
      links: "retida por causa de links",
    },
    reported: (n) => (n === 1 ? "denunciada uma vez" : `denunciada ${number(n)} vezes`),
    reportedBy: "denunciada por {name}",
    author: { muted: "autor silenciado", banned: "autor banido" },
    elsewhere: "Resolvida em outro lugar.",
    context: "Mensagens ao redor",
    loadingContext: "Carregando as mensagens ao redor…",
    noContext: "O tópico ainda não tem mensagens.",
    removed: "A mensagem foi apagada.",
    gone: "O tópico não tem mais esta mensagem.",
    acts: {
      approve: "Aprovar",
      keep: "Manter",
      reject: "Rejeitar",
      remove: "Apagar",
      mute: "Silenciar por 10 min",
      ban: "Banir",
      shadow: "Ocultar",
      select: "Selecionar",
    },
    done: {
      approve: "Aprovada.",
      keep: "Mantida.",
      reject: "Rejeitada.",
      remove: "Apagada.",
      mute: "Silenciado por 10 minutos.",
      ban: "Banido.",
      shadow: "Ocultado.",
    },
  },
  message: {
    id: "O identificador usado em sanções e exportações",
    changes: {
      edit: "editou uma mensagem",
      remove: "apagou uma mensagem",
      pin: "fixou ou desafixou uma mensagem",
      react: "reagiu",
      hidden: "oculta",
    },
    removedBy: { author: "apagada pelo autor", moderator: "apagada por um moderador" },
  },
  topics: {
    search: "Buscar tópicos pelo nome",
    make: "Novo tópico",
    nameOrPattern: "Nome, ou o começo de vários seguido de *",
    hint: "São permitidos letras, dígitos e . _ : - . Convidados podem ler e escrever até você mudar as regras.",
    readOnly: "somente leitura",
    closed: "fechado: sem regra",
    here: (n) => `${number(n)} aqui`,
    messages,
    noneYet: "ainda nenhuma",
    notFound: "Nenhum tópico tem isso no nome.",
    showMore: (n) => `Mostrar ${number(n)}`,
    more: "Há mais: busque pelo nome.",
    patterns: "Regras por padrão de nome",
  },
  topic: {
    newest: "Mensagens mais recentes",
    writeAs: "Escrever como operador",
    send: "Enviar",
    empty: "Ainda não há mensagens.",
    sent: "Enviada.",
    readOnly: "Somente leitura",
    isReadOnly: "Agora só moderadores podem escrever.",
    isOpen: "Todos podem escrever de novo.",
    hold: "Revisar antes de publicar",
    holds: { none: "nenhuma mensagem", guests: "mensagens de convidados", all: "todas as mensagens" },
    holdChanged: "Revisão alterada.",
    clear: "Esvaziar",
    clearAbout:
      "Apaga todas as mensagens do tópico, para todos e para sempre. Exporte-as antes se puder precisar delas.",
    cleared: "Todas as mensagens foram apagadas.",
    delete: "Excluir",
    deleteAbout:
      "Apaga todas as mensagens e a regra para sempre. Depois, ninguém poderá ler o tópico nem escrever nele.",
    deleteKeeps: (source) =>
      `Apaga todas as mensagens para sempre. O tópico em si continua aberto, vazio, porque ${source} o permite.`,
    deleted: "Tópico excluído.",
    noRule: "Nenhuma regra permite este tópico: ninguém além de você pode lê-lo.",
    rules: "Regras",
    rulesSaved: "Regras salvas. Já estão em vigor.",
    backToFile: "Voltar ao kabar.toml",
    fileInForce: "A regra do kabar.toml está em vigor.",
    removeRule: "Remover a regra",
    ruleRemoved: "A regra foi removida.",
    fromFile: "Do kabar.toml. O que você salvar aqui a substitui e sobrevive a reinícios.",
    fromApi: "Definida com o servidor em execução. Sobrevive a reinícios.",
    fromPattern: (pattern) =>
      `Este tópico segue a regra de ${pattern}. O que você salvar aqui vira uma regra própria.`,
  },
  rules: {
    save: "Salvar regras",
    discard: "Descartar",
    empty: "vazio",
    inFile: (value) => `kabar.toml: ${value}.`,
    levels: { write: "podem ler e escrever", read: "podem ler", none: "não têm acesso" },
    yesNo: { true: "sim", false: "não" },
    linkRights: { allow: "todos", "guests-no": "usuários com conta", none: "ninguém" },
    fields: {
      title: { label: "Título", about: "O nome do tópico que as pessoas veem. Vazio: o próprio nome." },
      guests: { label: "Convidados", about: "Visitantes sem conta." },
      users: { label: "Usuários com conta", about: "A menos que o token conceda outra coisa." },
      react: { label: "Reações", about: "Se é possível reagir com emojis." },
      people: { label: "Lista de pessoas", about: "Se os leitores veem quem está aqui." },
      links: { label: "Links", about: "Quem pode escrever links. Moderadores sempre podem." },
      maxTextBytes: { label: "Texto mais longo", about: "Em bytes de UTF-8." },
      retainMessages: {
        label: "Manter no máximo",
        about: "Mensagens; as mais antigas são apagadas. 0 mantém todas.",
      },
      retainDays: { label: "Manter por", about: "Dias. 0 mantém todas." },
    },
  },
  people: {
    search: "Buscar pessoas por nome ou identificador",
    about:
      "Quem está aqui agora ou tem uma sanção. Os demais você encontra pelo identificador completo, que aparece ao lado de cada mensagem.",
    nobody: "Ninguém encontrado.",
    here: "aqui:",
    sanctionIn: {
      mute: "silenciado em {topic}",
      ban: "banido em {topic}",
      shadow: "oculto em {topic}",
    },
    by: (name) => `por ${name}`,
    endless: "sem fim",
    ends: (when) => `termina ${when}`,
    more: (n) => `Mais ${number(n)}: busque por nome ou identificador.`,
    lift: "Suspender",
    lifted: "Sanção suspensa.",
    erase: "Eliminar",
    revoke: "Revogar acessos",
    revoked: "Todos os acessos anteriores são recusados.",
    eraseAbout:
      "Apaga as mensagens do usuário para sempre e remove o identificador e o nome de todo o resto. As respostas dos outros ficam.",
    erased: (n) => `Eliminado de ${count(n, "entrada", "entradas")}.`,
  },
};
