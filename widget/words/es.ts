/** Spanish words of the chat. */
import type { LaterStrings, Translation } from "./list-words.ts";
import type { Words } from "./later-words.ts";

const number = (n: number): string => n.toLocaleString("es");
const plural = new Intl.PluralRules("es");
const messages = (n: number): string => `${number(n)} ${plural.select(n) === "one" ? "mensaje" : "mensajes"}`;

/** Spanish. */
export const translation: Translation = {
  lang: "es",
  chat: (title) => `Chat, ${title}`,
  transcript: (topic) => `Mensajes, ${topic}`,
  newMessages: "Mensajes nuevos",
  composer: "Mensaje",
  hint: (name) => `Escribe como ${name}…`,
  send: "Enviar",
  close: "Cerrar",
  rename: "Cambiar nombre",
  today: "Hoy",
  yesterday: "Ayer",
  unread: "Nuevo",
  away: (n) => `${messages(n)} mientras no estabas`,
  gap: (n) =>
    `${number(n)} ${plural.select(n) === "one" ? "mensaje antiguo ha caducado" : "mensajes antiguos han caducado"}`,
  empty: "Aún no hay mensajes. ¡Saluda!",
  public: "Este chat es público: todos pueden leerlo.",
  loading: "Cargando mensajes anteriores",
  jump: (n) =>
    n ? `${n > 99 ? `${number(99)}+` : number(n)} sin leer · Ir al más reciente` : "Ir al más reciente",
  you: "Tú",
  operator: "Operador",
  notSent: "No enviado",
  tooLong: (n) =>
    plural.select(n) === "one" ? `Sobra ${number(n)} carácter` : `Sobran unos ${number(n)} caracteres`,
  readonly: "Este chat es de solo lectura.",
  connecting: "Conectando…",
  retrying: "Reconectando…",
  retryIn: (seconds) => `Reconexión en ${number(seconds)} s`,
  tryNow: "Reintentar ahora",
  offline: "No tienes conexión. Los mensajes se enviarán cuando vuelva.",
  online: "De nuevo en línea",
  refused: "Este chat no está disponible en este momento.",
  newTab: "Abrir el chat en otra pestaña",
  broken: "No se puede mostrar este mensaje.",
};

/** Words of chunks that most visits never load. */
export const later: LaterStrings = {
  launcher: (unread) => (unread ? `Chat, ${number(unread)} sin leer` : "Chat"),
  yourName: "Tu nombre",
  save: "Guardar",
  cancel: "Cancelar",
  badName: "Usa de 1 a 40 caracteres.",
  nameTaken: "Ese nombre está en uso o reservado. Elige otro.",
};

/** Words of the chunks that load after the first list. */
export const words: Words = {
  sending: "Pendiente de envío",
  held: "Pendiente de revisión",
  rejected: "No aprobado",
  blocked: "Contiene algo que aquí no se permite.",
  aimGone: "El mensaje al que respondes ya no existe.",
  noGuests: "Los invitados nuevos no pueden escribir aquí ahora.",
  retry: "Reintentar",
  discard: "Borrar",
  tooFast: "Un poco más despacio. El mensaje se enviará en un momento.",
  manyNew: (n, topic) =>
    `${number(n)} ${plural.select(n) === "one" ? "mensaje nuevo" : "mensajes nuevos"} en ${topic}`,
  tooMany: "Hay demasiados mensajes pendientes de envío.",
  newGuest: "Este navegador bloquea el almacenamiento. Al recargar serás otro invitado.",
  actions: "Acciones del mensaje",
  reply: "Responder",
  react: "Reaccionar",
  edit: "Editar",
  remove: "Borrar",
  removeAsk: "¿Borrar este mensaje?",
  copy: "Copiar texto",
  copied: "Copiado",
  moderate: "Moderar",
  edited: "(editado)",
  stopped: "(incompleto)",
  removed: { author: "Mensaje borrado", moderator: "Mensaje borrado por un moderador" },
  yours: "Un moderador borró tu mensaje.",
  earlier: "Un mensaje anterior",
  quote: (name) => `En respuesta a ${name}`,
  replyTo: (name) => `Responder a ${name}`,
  editing: "Estás editando tu mensaje",
  cancel: "Cancelar",
  failed: (why) => `No ha funcionado: ${why || "sin conexión"}`,
  reaction: (name, n, mine) => `${name}, ${number(n)}${mine ? ", también tuya" : ""}`,
  publicChat: "Chat público",
  people: (n) => `${number(n)} en línea`,
  offline: "Sin conexión",
  members: "Personas en línea",
  crowded: "Demasiadas personas para mostrarlas.",
  typing: (names) =>
    names.length > 2
      ? "Varias personas escriben…"
      : names.length === 2
        ? `${names.join(" y ")} escriben…`
        : `${names[0]} escribe…`,
  slow: (wait) => `Modo lento: ${wait}`,
  emojiOnly: "Por ahora, solo emojis.",
  holding: "Los mensajes se revisan antes de publicarse.",
  closed: "Ahora mismo solo pueden escribir los moderadores.",
  signedOut: "Tu sesión ha caducado. Vuelve a iniciar sesión para escribir.",
  muted: "Te han silenciado",
  banned: "Te han vetado de este chat",
  until: (when) => ` hasta ${when}`,
  because: (why) => `: ${why}`,
  pinned: "Fijado",
  nextPin: (at, n) => `${number(at)}/${number(n)}, siguiente mensaje fijado`,
  link: "Copiar enlace",
  far: "Ese mensaje es demasiado antiguo para mostrarlo aquí.",
  paused: (n) => (n ? `En pausa · ${n > 99 ? "99+" : number(n)} nuevos` : "En pausa"),
  mention: "Mencionar a alguien",
  emoji: {
    title: "Emojis",
    search: "Buscar emojis",
    more: "Más emojis",
    found: (n) => (n ? `${number(n)} encontrados` : "Sin resultados"),
    groups: ["Caras", "Manos y personas", "Corazones y símbolos", "Naturaleza", "Comida y bebida", "Objetos"],
  },
  menu: { title: "Menú", search: "Buscar", popOut: "Abrir en una ventana nueva", settings: "Ajustes" },
  resize: "Cambiar el tamaño",
  report: {
    ask: "Denunciar mensaje",
    why: "Motivo (opcional)",
    send: "Denunciar",
    done: "Denuncia enviada. Gracias.",
  },
  hidden: "Visible solo para los moderadores y su autor",
  ephemeral: "No se guarda; desaparece al recargar",
  more: "Mostrar más",
  less: "Mostrar menos",
  noFiles: "Aquí solo texto y enlaces.",
};
