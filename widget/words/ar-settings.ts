/** Arabic words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** Arabic. */
export const words: SettingsWords = {
  title: "الإعدادات",
  theme: "المظهر",
  auto: "النظام",
  light: "فاتح",
  dark: "داكن",
  density: "التخطيط",
  cosy: "مريح",
  compact: "متراص",
  bubbles: "فقاعات",
  mute: "كتم هذه الدردشة",
  sound: "صوت",
  badge: "عدد غير المقروء في عنوان الصفحة",
  notify: "الإشعارات",
  off: "إيقاف",
  mentions: "الإشارات إليّ",
  all: "الكل",
  blocked: "يحجب المتصفح إشعارات الصفحة.",
  say: "إعلانات قارئ الشاشة",
  keys: "الإرسال بـ Ctrl+Enter",
  privacy: "الخصوصية",
  clear: "مسح بياناتي من هذا الجهاز",
  clearAsk: "مسح اسمك ورسائلك غير المرسلة؟",
  cleared: "مُسحت بياناتك من هذا الجهاز.",
};
