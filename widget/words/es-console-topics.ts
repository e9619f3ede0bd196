/** Spanish words of the console's views of messages, topics and people. */
import type { ConsoleTopicWords } from "./console-topic-words.ts";

const number = (n: number): string => n.toLocaleString("es");
const plural = new Intl.PluralRules("es");
const count = (n: number, one: string, many: string): string =>
  `${number(n)} ${plural.select(n) === "one" ? one : many}`;
const messages = (n: number): string => count(n, "mensaje", "mensajes");

/** Spanish. */
export const words: ConsoleTopicWords = {
  inbox: {
    nothing: "No hay nada que revisar.",
    waiting: (n) => `${messages(n)} por revisar.`,
    more: (n) => `Hay ${number(n)} más después de estos.`,
    selected: (n) => count(n, "seleccionado.", "seleccionados."),
    clear: (n) => `Ocultar ${count(n, "resuelto", "resueltos")}`,
    select: (topic) => `Seleccionar, ${topic}`,
    label: {
      held: (topic) => `Mensaje retenido en ${topic}`,
      reported: (topic) => `Mensaje denunciado en ${topic}`,
    },
    heldFor: {
      review: "por revisar",
      words: "retenido por el filtro de palabras",
      links: "retenido por sus enlaces",
    },
    reported: (n) => (n === 1 ? "denunciado una vez" : `denunciado ${number(n)} veces`),
    reportedBy: "denunciado por {name}",
    author: { muted: "autor silenciado", banned: "autor vetado" },
    elsewhere: "Resuelto en otro lugar.",
    context: "Mensajes anteriores y posteriores",
    loadingContext: "Cargando los mensajes anteriores y posteriores…",
    noContext: "El tema aún no tiene mensajes.",
    removed: "El mensaje se ha borrado.",
    gone: "El tema ya no tiene este mensaje.",
    acts: {
      approve: "Aprobar",
      keep: "Conservar",
      reject: "Rechazar",
      remove: "Borrar",
      mute: "Silenciar 10 min",
      ban: "Vetar",
      shadow: "Ocultar",
      select: "Seleccionar",
    },
    done: {
      approve: "Aprobado.",
      keep: "Conservado.",
      reject: "Rechazado.",
      remove: "Borrado.",
      mute: "Silenciado durante 10 minutos.",
      ban: "Vetado.",
      shadow: "Ocultado.",
    },
  },
  message: {
    id: "El identificador que usan las sanciones y las exportaciones",
    changes: {
      edit: "editó un mensaje",
      remove: "borró un mensaje",
      pin: "fijó o desfijó un mensaje",
      react: "reaccionó",
      hidden: "oculto",
    },
    removedBy: { author: "borrado por su autor", moderator: "borrado por un moderador" },
  },
  topics: {
    search: "Buscar temas por nombre",
    make: "Nuevo tema",
    nameOrPattern: "Nombre, o el comienzo de varios seguido de *",
    hint: "Se permiten letras, cifras y . _ : - . Los invitados pueden leer y escribir hasta que cambies las reglas.",
    readOnly: "solo lectura",
    closed: "cerrado: sin regla",
    here: (n) => `${number(n)} aquí`,
    messages,
    noneYet: "aún ninguno",
    notFound: "Ningún tema tiene esto en su nombre.",
    showMore: (n) => `Mostrar ${number(n)}`,
    more: "Hay más: busca por nombre.",
    patterns: "Reglas por patrón",
  },
  topic: {
    newest: "Mensajes más recientes",
    writeAs: "Escribir como operador",
    send: "Enviar",
    empty: "Aún no hay mensajes.",
    sent: "Enviado.",
    readOnly: "Solo lectura",
    isReadOnly: "Ahora solo pueden escribir los moderadores.",
    isOpen: "Todos pueden escribir de nuevo.",
    hold: "Revisar antes de publicar",
    holds: { none: "ningún mensaje", guests: "los mensajes de invitados", all: "todos los mensajes" },
    holdChanged: "Revisión modificada.",
    clear: "Vaciar",
    clearAbout:
      "Borra todos los mensajes del tema para todos y para siempre. Expórtalos antes si puedes necesitarlos.",
    cleared: "Se han borrado todos los mensajes.",
    delete: "Eliminar",
    deleteAbout:
      "Borra todos los mensajes y la regla para siempre. Después nadie podrá leer el tema ni escribir en él.",
    deleteKeeps: (source) =>
      `Borra todos los mensajes para siempre. El tema sigue abierto, vacío, porque ${source} lo permite.`,
    deleted: "Tema eliminado.",
    noRule: "Ninguna regla permite este tema: nadie más que tú puede leerlo.",
    rules: "Reglas",
    rulesSaved: "Reglas guardadas. Ya están en vigor.",
    backToFile: "Volver a kabar.toml",
    fileInForce: "Rige la regla de kabar.toml.",
    removeRule: "Quitar la regla",
    ruleRemoved: "Se ha quitado la regla.",
    fromFile: "De kabar.toml. Lo que guardes aquí la sustituye y se conserva tras los reinicios.",
    fromApi: "Definida con el servidor en marcha. Se conserva tras los reinicios.",
    fromPattern: (pattern) =>
      `Este tema sigue la regla de ${pattern}. Lo que guardes aquí será su propia regla.`,
  },
  rules: {
    save: "Guardar reglas",
    discard: "Descartar",
    empty: "vacío",
    inFile: (value) => `kabar.toml: ${value}.`,
    levels: { write: "pueden leer y escribir", read: "pueden leer", none: "no tienen acceso" },
    yesNo: { true: "sí", false: "no" },
    linkRights: { allow: "todos", "guests-no": "usuarios con cuenta", none: "nadie" },
    fields: {
      title: { label: "Título", about: "El nombre del tema que ve la gente. Vacío: su propio nombre." },
      guests: { label: "Invitados", about: "Visitantes sin cuenta." },
      users: { label: "Usuarios con cuenta", about: "Salvo que su token conceda otra cosa." },
      react: { label: "Reacciones", about: "Si se puede reaccionar con emojis." },
      people: { label: "Lista de personas", about: "Si los lectores ven quién está aquí." },
      links: { label: "Enlaces", about: "Quién puede escribir enlaces. Los moderadores siempre pueden." },
      maxTextBytes: { label: "Texto más largo", about: "En bytes de UTF-8." },
      retainMessages: {
        label: "Conservar como máximo",
        about: "Mensajes; los más antiguos se borran. 0 los conserva todos.",
      },
      retainDays: { label: "Conservar durante", about: "Días. 0 los conserva todos." },
    },
  },
  people: {
    search: "Buscar personas por nombre o identificador",
    about:
      "Quienes están aquí ahora o tienen una sanción. A los demás los encuentras por su identificador completo, que aparece junto a cada mensaje.",
    nobody: "No se encontró a nadie.",
    here: "aquí:",
    sanctionIn: {
      mute: "silenciado en {topic}",
      ban: "vetado en {topic}",
      shadow: "oculto en {topic}",
    },
    by: (name) => `por ${name}`,
    endless: "sin fin",
    ends: (when) => `termina ${when}`,
    more: (n) => `${number(n)} más: busca por nombre o identificador.`,
    lift: "Levantar",
    lifted: "Sanción levantada.",
    erase: "Suprimir",
    revoke: "Revocar accesos",
    revoked: "Todos los accesos anteriores se rechazan.",
    eraseAbout:
      "Borra para siempre los mensajes del usuario y quita su identificador y su nombre de todo lo demás. Las respuestas de otros se conservan.",
    erased: (n) => `Suprimido de ${count(n, "entrada", "entradas")}.`,
  },
};
