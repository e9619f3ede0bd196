/** Simplified Chinese words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** Chinese (simplified). */
export const words: ConsoleAccessWords = {
  access: {
    name: "名称",
    passphrase: "口令短语",
    owners: "所有者",
    ownersAbout:
      "他们用名称和口令短语登录，拥有运营者的全部权限。审计日志会显示每个人的操作。更换口令短语会结束该所有者的会话。",
    newOwner: "新增所有者",
    passphraseRule: "口令短语（至少 15 个字符）",
    again: "再次输入口令短语",
    advice: "四五个互不相关的词语就很好。",
    differ: "两次输入的口令短语不一致。",
    save: "保存",
    saved: "口令短语已保存。",
    setAt: (when) => `口令短语设置于 ${when}`,
    newPassphrase: "新的口令短语",
    newPassphraseFor: (name) => `${name} 的新口令短语`,
    remove: "移除",
    removeOwner: "移除所有者",
    removeAbout: "此所有者的会话会立即结束。",
    removed: "所有者已移除。",
    none: "还没有所有者。",
    withProvider: (provider) => `使用 ${provider} 登录`,
    oidc: {
      away: "身份提供商目前没有正常响应。请稍后重试，或使用其他方式登录。",
      refused: "身份提供商未让您登录。请重试。",
      unknown: "您不在身份提供商可登录的所有者名单（oidc_allowed）中，或者您的电子邮件地址未经验证。",
      expired: "此次登录耗时过长，或是在另一个浏览器中开始的。请重试。",
      busy: "来自您地址的失败登录次数过多。请稍后重试。",
    },
  },
};
