/** Japanese: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("ja");
const messages = (n: number): string => `${number(n)} 件のメッセージ`;

/** Japanese. */
export const translation: Translation = {
  lang: "ja",
  chat: (title) => `チャット、${title}`,
  launcher: (unread) => (unread ? `チャット、未読 ${number(unread)} 件` : "チャット"),
  transcript: (topic) => `メッセージ、${topic}`,
  newMessages: "新着メッセージ",
  composer: "メッセージ",
  placeholder: (title) => `${title} へのメッセージ`,
  send: "送信",
  close: "閉じる",
  writeAs: "名前: ",
  changeName: "名前を変更",
  yourName: "あなたの名前",
  save: "保存",
  cancel: "キャンセル",
  badName: "1～40 文字で入力してください。",
  today: "今日",
  yesterday: "昨日",
  unread: "新着",
  away: (n) => `不在中に ${messages(n)}`,
  gap: (n) => `${messages(n)}は保存期間を過ぎました`,
  empty: "最初のメッセージを書きましょう",
  loadingOlder: "以前のメッセージを読み込んでいます",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} 件の新着 · 最新へ移動` : "最新へ移動"),
  you: "あなた",
  operator: "管理者",
  sending: "送信待ち",
  held: "モデレーターの確認待ち",
  rejected: "承認されませんでした",
  notSent: "未送信",
  retry: "再送信",
  discard: "削除",
  tooFast: "速すぎます。まもなく送信されます。",
  tooLong: (over) => `${number(over)} バイト超過`,
  tooMany: "未送信のメッセージが多すぎます。",
  readonly: "ここでは閲覧のみできます。",
  guestAgain: "このブラウザーには何も保存されません。再読み込みすると新しいゲストになります。",
  connecting: "接続中…",
  reconnecting: "再接続中…",
  reconnectingIn: (seconds) => `${number(seconds)} 秒後に再接続`,
  tryNow: "今すぐ試す",
  offline: "オフラインです。接続が戻ると送信されます。",
  online: "オンラインに戻りました",
  refused: "このチャットはここでは表示できません。",
  openInTab: "新しいタブでチャットを開く",
  broken: "このメッセージを表示できませんでした",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${topic} に新しい${messages(n)}`,
};
