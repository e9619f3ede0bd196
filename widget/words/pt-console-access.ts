/** Portuguese words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** Portuguese. */
export const words: ConsoleAccessWords = {
  access: {
    name: "Nome",
    passphrase: "Frase secreta",
    owners: "Proprietários",
    ownersAbout:
      "Entram com um nome e uma frase secreta e têm todos os direitos do operador. O registro de auditoria mostra o que cada um fez. Uma nova frase secreta encerra as sessões do proprietário.",
    newOwner: "Novo proprietário",
    passphraseRule: "Frase secreta (pelo menos 15 caracteres)",
    again: "Repita a frase secreta",
    advice: "Quatro ou cinco palavras sem relação entre si são uma boa escolha.",
    differ: "As duas frases são diferentes.",
    save: "Salvar",
    saved: "Frase secreta salva.",
    setAt: (when) => `frase definida ${when}`,
    newPassphrase: "Nova frase secreta",
    newPassphraseFor: (name) => `Nova frase secreta para ${name}`,
    remove: "Remover",
    removeOwner: "Remover proprietário",
    removeAbout: "As sessões deste proprietário terminam na hora.",
    removed: "Proprietário removido.",
    none: "Ainda não há proprietários.",
    withProvider: (provider) => `Entrar com ${provider}`,
    oidc: {
      away: "O provedor não está respondendo como deveria. Tente mais tarde ou entre de outra forma.",
      refused: "O provedor não autenticou você. Tente de novo.",
      unknown:
        "Você não está na lista de proprietários que o provedor pode autenticar (oidc_allowed), ou seu e-mail não foi verificado.",
      expired: "Este acesso demorou demais ou começou em outro navegador. Tente de novo.",
      busy: "Tentativas de acesso demais a partir do seu endereço. Tente mais tarde.",
    },
  },
};
