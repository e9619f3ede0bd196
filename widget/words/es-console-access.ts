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
    removeAbout: "Las sesiones de este propietario terminan de inmediato.",
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
};
