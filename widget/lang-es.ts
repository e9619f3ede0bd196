/** Spanish: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("es");
const plural = new Intl.PluralRules("es");
const messages = (n: number): string => `${number(n)} ${plural.select(n) === "one" ? "mensaje" : "mensajes"}`;

/** Spanish. */
export const translation: Translation = {
  lang: "es",
  chat: (title) => `Chat, ${title}`,
  launcher: (unread) => (unread ? `Chat, ${number(unread)} sin leer` : "Chat"),
  transcript: (topic) => `Mensajes, ${topic}`,
  newMessages: "Mensajes nuevos",
  composer: "Mensaje",
  placeholder: (title) => `Mensaje para ${title}`,
  send: "Enviar",
  close: "Cerrar",
  writeAs: "Escribir como ",
  changeName: "Cambiar nombre",
  yourName: "Tu nombre",
  save: "Guardar",
  cancel: "Cancelar",
  badName: "Usa de 1 a 40 caracteres.",
  today: "Hoy",
  yesterday: "Ayer",
  unread: "Nuevo",
  away: (n) => `${messages(n)} mientras no estabas`,
  gap: (n) => `${messages(n)} ya no disponibles`,
  empty: "Sé la primera persona en escribir algo",
  loadingOlder: "Cargando mensajes anteriores",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} sin leer · Ir al final` : "Ir al final"),
  you: "Tú",
  operator: "Operador",
  sending: "En cola",
  held: "Esperando a un moderador",
  rejected: "No aprobado",
  notSent: "No enviado",
  retry: "Reintentar",
  discard: "Borrar",
  tooFast: "Demasiado rápido: se enviará en un momento.",
  tooLong: (over) => `Sobran ${number(over)} bytes`,
  tooMany: "Demasiados mensajes sin enviar.",
  readonly: "Aquí solo puedes leer.",
  guestAgain: "Este navegador no guarda nada: al recargar serás otra vez un invitado nuevo.",
  connecting: "Conectando…",
  reconnecting: "Reconectando…",
  reconnectingIn: (seconds) => `Reconexión en ${number(seconds)} s`,
  tryNow: "Probar ahora",
  offline: "No tienes conexión. Los mensajes se enviarán cuando vuelva.",
  online: "De nuevo en línea",
  refused: "Este chat no se puede mostrar aquí.",
  openInTab: "Abrir el chat en otra pestaña",
  broken: "No se pudo mostrar este mensaje",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${messages(n)} sin leer en ${topic}`,
};
