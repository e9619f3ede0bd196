/** Arabic: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("ar");
const plural = new Intl.PluralRules("ar");
const FORMS: Partial<Record<Intl.LDMLPluralRule, string>> = {
  one: "رسالة واحدة",
  two: "رسالتان",
  few: "رسائل",
  many: "رسالة",
};
const messages = (n: number): string => {
  const rule = plural.select(n);
  const form = FORMS[rule] ?? "رسالة";
  return rule === "one" || rule === "two" ? form : `${number(n)} ${form}`;
};

/** Arabic. */
export const translation: Translation = {
  lang: "ar",
  chat: (title) => `دردشة، ${title}`,
  launcher: (unread) => (unread ? `دردشة، غير مقروء: ${number(unread)}` : "دردشة"),
  transcript: (topic) => `الرسائل، ${topic}`,
  newMessages: "رسائل جديدة",
  composer: "رسالة",
  placeholder: (title) => `رسالة إلى ${title}`,
  send: "إرسال",
  close: "إغلاق",
  writeAs: "الكتابة باسم ",
  changeName: "تغيير الاسم",
  yourName: "اسمك",
  save: "حفظ",
  cancel: "إلغاء",
  badName: "استخدم من 1 إلى 40 حرفًا.",
  today: "اليوم",
  yesterday: "أمس",
  unread: "جديد",
  away: (n) => `${messages(n)} أثناء غيابك`,
  gap: (n) => `لم تعد محفوظة: ${messages(n)}`,
  empty: "كن أول من يكتب",
  loadingOlder: "جارٍ تحميل الرسائل السابقة",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} جديد · إلى الأحدث` : "إلى الأحدث"),
  you: "أنت",
  operator: "المشغّل",
  sending: "في الانتظار",
  held: "في انتظار المشرف",
  rejected: "لم تتم الموافقة",
  notSent: "لم تُرسل",
  retry: "إعادة المحاولة",
  discard: "حذف",
  tooFast: "سريع جدًا: ستُرسل بعد لحظة.",
  tooLong: (over) => `أطول بمقدار ${number(over)} بايت`,
  tooMany: "رسائل كثيرة لم تُرسل.",
  readonly: "يمكنك القراءة فقط هنا.",
  guestAgain: "هذا المتصفح لا يحفظ شيئًا: ستكون ضيفًا جديدًا بعد إعادة التحميل.",
  connecting: "جارٍ الاتصال…",
  reconnecting: "جارٍ إعادة الاتصال…",
  reconnectingIn: (seconds) => `إعادة الاتصال بعد ${number(seconds)} ث`,
  tryNow: "حاول الآن",
  offline: "أنت غير متصل. ستُرسل الرسائل عند عودتك.",
  online: "عاد الاتصال",
  refused: "لا يمكن عرض هذه الدردشة هنا.",
  openInTab: "فتح الدردشة في علامة تبويب جديدة",
  broken: "تعذّر عرض هذه الرسالة",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${messages(n)} لم تُقرأ في ${topic}`,
};
