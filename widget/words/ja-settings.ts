/** Japanese words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** Japanese. */
export const words: SettingsWords = {
  title: "設定",
  theme: "テーマ",
  auto: "システム",
  light: "ライト",
  dark: "ダーク",
  density: "レイアウト",
  cosy: "ゆったり",
  compact: "コンパクト",
  bubbles: "吹き出し",
  mute: "このチャットをミュート",
  sound: "音",
  badge: "ページタイトルに未読数を表示",
  notify: "通知",
  off: "オフ",
  mentions: "メンション",
  all: "すべて",
  blocked: "ブラウザーがこのページの通知をブロックしています。",
  say: "スクリーンリーダーの読み上げ",
  keys: "Ctrl+Enter で送信",
  privacy: "プライバシー",
  clear: "この端末から自分のデータを削除",
  clearAsk: "表示名と未送信メッセージを削除しますか？",
  cleared: "この端末からあなたのデータを削除しました。",
};
