/** Japanese words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** Japanese. */
export const words: ConsoleAccessWords = {
  access: {
    name: "名前",
    passphrase: "パスフレーズ",
    owners: "オーナー",
    ownersAbout:
      "名前とパスフレーズでサインインし、運営者の全権限を持ちます。それぞれの操作は監査ログに残ります。パスフレーズを変えると、そのオーナーのセッションは終了します。",
    newOwner: "オーナーを追加",
    passphraseRule: "パスフレーズ（15 文字以上）",
    again: "パスフレーズをもう一度入力",
    advice: "関連のない単語を 4 つか 5 つ並べるのがおすすめです。",
    differ: "2 つのパスフレーズが一致しません。",
    save: "保存",
    saved: "パスフレーズを保存しました。",
    setAt: (when) => `パスフレーズの設定: ${when}`,
    newPassphrase: "新しいパスフレーズ",
    newPassphraseFor: (name) => `${name} の新しいパスフレーズ`,
    remove: "削除",
    removeOwner: "オーナーを削除",
    removeAbout: "このオーナーのセッションとパスキーはすぐに無効になります。",
    removed: "オーナーを削除しました。",
    none: "オーナーはまだいません。",
    withProvider: (provider) => `${provider} でサインイン`,
    oidc: {
      away: "プロバイダーが現在正しく応答していません。後でもう一度試すか、別の方法でサインインしてください。",
      refused: "プロバイダーでサインインできませんでした。もう一度お試しください。",
      unknown:
        "プロバイダーでサインインできるオーナーの一覧（oidc_allowed）に含まれていないか、メールアドレスが確認されていません。",
      expired: "サインインに時間がかかりすぎたか、別のブラウザーで開始されています。もう一度お試しください。",
      busy: "お使いのアドレスからのサインインの失敗が多すぎます。後でもう一度お試しください。",
    },
  },
  passkeys: {
    title: "パスキー",
    about:
      "パスキーがあれば、名前やパスフレーズを入力せずに、指紋、顔、PIN でサインインできます。使えるのは作成したアドレスだけです。削除すると、そのパスキーで始めたセッションは終了します。パスフレーズを変えてもパスキーはそのままです。",
    add: "パスキーを追加",
    addFor: (owner) => `${owner} のパスキーを追加`,
    owner: "オーナー",
    name: "名前（端末名など）",
    thisDevice:
      "保存先はブラウザーが尋ねます。この端末、パスワードマネージャー、セキュリティキーから選べます。",
    added: "パスキーを追加しました。",
    removed: "パスキーを削除しました。",
    addedAt: (when) => `追加: ${when}`,
    usedAt: (when) => `最後の使用: ${when}`,
    unused: "未使用",
    worksAt: (address) => `有効なアドレス: ${address}`,
    copiedAt: (when) =>
      `複製された可能性があります（${when}に古い使用回数を受信）。削除して新しいものを追加してください。`,
    none: "パスキーはまだありません。",
    noOwner:
      "パスキーを使えるのは、名前とパスフレーズを持つオーナーです。先にオーナーを追加するか、オーナーとしてサインインしてください。",
    signIn: "パスキーでサインイン",
    insecure: "パスキーには https が必要です。コンソールを https のアドレスか localhost で開いてください。",
    address: "パスキーにはホスト名が必要です。コンソールを数字のアドレスではなく名前で開いてください。",
    unsupported: "このブラウザーではパスキーを使えません。",
    refused:
      "このパスキーは拒否されました。削除されたか、別のアドレスのものか、時間がかかりすぎました。もう一度試すか、別の方法でサインインしてください。",
    cancelled:
      "パスキーは使われませんでした。キャンセルしたか、時間切れか、このアドレスのパスキーがありません。",
    exists: "この端末には、このオーナーのパスキーがすでにあります。",
  },
};
