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
    removeAbout: "As sessões e chaves de acesso deste proprietário terminam na hora.",
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
  passkeys: {
    title: "Chaves de acesso",
    about:
      "Uma chave de acesso autentica um proprietário por impressão digital, rosto ou PIN, sem nome nem frase secreta, no endereço em que foi criada. Removê-la encerra as sessões dela. Uma nova frase secreta não a altera.",
    add: "Adicionar chave de acesso",
    addFor: (owner) => `Adicionar uma chave de acesso para ${owner}`,
    owner: "Proprietário",
    name: "Nome, por exemplo o do dispositivo",
    thisDevice:
      "O navegador pergunta onde guardá-la: neste dispositivo, no seu gerenciador de senhas ou em uma chave de segurança.",
    added: "Chave de acesso adicionada.",
    removed: "Chave de acesso removida.",
    addedAt: (when) => `adicionada ${when}`,
    usedAt: (when) => `usada pela última vez ${when}`,
    unused: "nunca usada",
    worksAt: (address) => `funciona em ${address}`,
    copiedAt: (when) =>
      `Pode ter sido copiada: um contador de usos antigo chegou ${when}. Remova-a e adicione outra.`,
    none: "Ainda não há chaves de acesso.",
    noOwner:
      "Chaves de acesso são de proprietários com nome e frase secreta. Crie um primeiro ou entre como um deles.",
    signIn: "Entrar com uma chave de acesso",
    insecure:
      "Chaves de acesso precisam de https: abra o console pelo endereço https dele ou como localhost.",
    address: "Chaves de acesso precisam de um nome de host: abra o console pelo nome, não por números.",
    unsupported: "Este navegador não tem chaves de acesso.",
    refused:
      "Esta chave de acesso foi recusada: foi removida, é de outro endereço ou o acesso demorou demais. Tente de novo ou entre de outra forma.",
    cancelled:
      "O navegador não usou nenhuma chave de acesso: foi cancelado, demorou demais ou não há nenhuma para este endereço.",
    exists: "Este dispositivo já tem uma chave de acesso deste proprietário.",
  },
};
