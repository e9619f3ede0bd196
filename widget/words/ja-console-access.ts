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
    removeAbout: "このオーナーのセッションはすぐに終了します。",
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
};
