/** Chinese words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** Chinese. */
export const words: SettingsWords = {
  title: "设置",
  theme: "主题",
  auto: "跟随系统",
  light: "浅色",
  dark: "深色",
  density: "布局",
  cosy: "宽松",
  compact: "紧凑",
  bubbles: "气泡",
  mute: "静音此聊天",
  sound: "声音",
  badge: "在页面标题中显示未读数",
  notify: "通知",
  off: "关闭",
  mentions: "提及",
  all: "全部",
  blocked: "浏览器阻止了此页面的通知。",
  say: "屏幕阅读器播报",
  keys: "用 Ctrl+Enter 发送",
  privacy: "隐私",
  clear: "清除此设备上的我的数据",
  clearAsk: "清除你的昵称和未发送的消息？",
  cleared: "已清除此设备上你的数据。",
};
