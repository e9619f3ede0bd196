/** Spanish words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** Spanish. */
export const words: ConsoleAccessWords = {
  access: {
    name: "Nombre",
    passphrase: "Frase de contraseña",
    owners: "Propietarios",
    ownersAbout:
      "Inician sesión con un nombre y una frase de contraseña y tienen todos los derechos del operador. El registro de auditoría muestra lo que hizo cada uno. Una nueva frase termina las sesiones del propietario.",
    newOwner: "Nuevo propietario",
    passphraseRule: "Frase de contraseña (al menos 15 caracteres)",
    again: "Repite la frase de contraseña",
    advice: "Cuatro o cinco palabras sin relación entre sí son una buena elección.",
    differ: "Las dos frases no coinciden.",
    save: "Guardar",
    saved: "Frase de contraseña guardada.",
    setAt: (when) => `frase definida ${when}`,
    newPassphrase: "Nueva frase de contraseña",
    newPassphraseFor: (name) => `Nueva frase de contraseña para ${name}`,
    remove: "Quitar",
    removeOwner: "Quitar propietario",
    removeAbout: "Las sesiones y claves de acceso de este propietario terminan de inmediato.",
    removed: "Propietario quitado.",
    none: "Aún no hay propietarios.",
    withProvider: (provider) => `Iniciar sesión con ${provider}`,
    oidc: {
      away: "El proveedor no responde como debería en este momento. Inténtalo más tarde o entra de otra forma.",
      refused: "El proveedor no inició tu sesión. Inténtalo de nuevo.",
      unknown:
        "No estás en la lista de propietarios que el proveedor puede dejar entrar (oidc_allowed), o tu correo electrónico no está verificado.",
      expired: "Este inicio de sesión tardó demasiado o empezó en otro navegador. Inténtalo de nuevo.",
      busy: "Demasiados inicios de sesión fallidos desde tu dirección. Inténtalo más tarde.",
    },
  },
  passkeys: {
    title: "Claves de acceso",
    about:
      "Una clave de acceso inicia la sesión de un propietario con la huella, la cara o un PIN, sin nombre ni frase de contraseña, en la dirección donde se creó. Al quitarla terminan sus sesiones. Una nueva frase no la cambia.",
    add: "Añadir clave de acceso",
    addFor: (owner) => `Añadir una clave de acceso para ${owner}`,
    owner: "Propietario",
    name: "Nombre, por ejemplo el del dispositivo",
    thisDevice:
      "El navegador pregunta dónde guardarla: en este dispositivo, en tu gestor de contraseñas o en una llave de seguridad.",
    added: "Clave de acceso añadida.",
    removed: "Clave de acceso quitada.",
    addedAt: (when) => `añadida ${when}`,
    usedAt: (when) => `usada por última vez ${when}`,
    unused: "nunca usada",
    worksAt: (address) => `funciona en ${address}`,
    copiedAt: (when) =>
      `Puede haber sido copiada: ${when} llegó un contador de usos antiguo. Quítala y añade una nueva.`,
    none: "Aún no hay claves de acceso.",
    noOwner:
      "Las claves de acceso son de propietarios con nombre y frase de contraseña. Crea antes uno o entra como tal.",
    signIn: "Entrar con una clave de acceso",
    insecure:
      "Las claves de acceso necesitan https: abre la consola por su dirección https o como localhost.",
    address:
      "Las claves de acceso necesitan un nombre de servidor: abre la consola por su nombre, no por números.",
    unsupported: "Este navegador no tiene claves de acceso.",
    refused:
      "La clave de acceso fue rechazada: se quitó, es de otra dirección o el inicio de sesión tardó demasiado. Inténtalo de nuevo o entra de otra forma.",
    cancelled:
      "El navegador no usó ninguna clave de acceso: se canceló, tardó demasiado o no hay ninguna para esta dirección.",
    exists: "Este dispositivo ya tiene una clave de acceso de este propietario.",
  },
};
