/** Chinese (simplified): the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("zh");
const messages = (n: number): string => `${number(n)} 条消息`;

/** Chinese (simplified). */
export const translation: Translation = {
  lang: "zh",
  chat: (title) => `聊天，${title}`,
  launcher: (unread) => (unread ? `聊天，${number(unread)} 条未读` : "聊天"),
  transcript: (topic) => `消息，${topic}`,
  newMessages: "新消息",
  composer: "消息",
  placeholder: (title) => `发消息到 ${title}`,
  send: "发送",
  close: "关闭",
  writeAs: "发言身份：",
  changeName: "更改名称",
  yourName: "你的名称",
  save: "保存",
  cancel: "取消",
  badName: "请输入 1 到 40 个字符。",
  today: "今天",
  yesterday: "昨天",
  unread: "新消息",
  away: (n) => `你离开期间有 ${messages(n)}`,
  gap: (n) => `${messages(n)}已不再保留`,
  empty: "来说第一句话吧",
  loadingOlder: "正在加载更早的消息",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} 条新消息 · 跳到最新` : "跳到最新"),
  you: "你",
  operator: "管理员",
  sending: "等待发送",
  held: "等待管理员审核",
  rejected: "未通过审核",
  notSent: "未发送",
  retry: "重试",
  discard: "删除",
  tooFast: "发送太快：稍后会自动发出。",
  tooLong: (over) => `超出 ${number(over)} 字节`,
  tooMany: "未发送的消息太多。",
  readonly: "这里只能阅读。",
  guestAgain: "此浏览器不保存任何内容：重新加载后你将是新的访客。",
  connecting: "正在连接…",
  reconnecting: "正在重新连接…",
  reconnectingIn: (seconds) => `${number(seconds)} 秒后重新连接`,
  tryNow: "立即重试",
  offline: "你已离线。恢复连接后消息会自动发送。",
  online: "已恢复连接",
  refused: "无法在此处显示聊天。",
  openInTab: "在新标签页中打开聊天",
  broken: "无法显示此消息",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${topic} 有 ${number(n)} 条新消息`,
};
