/** Arabic words of the chat. */
import type { LaterStrings, Translation } from "./list-words.ts";
import type { Words } from "./later-words.ts";

const number = (n: number): string => n.toLocaleString("ar");
const plural = new Intl.PluralRules("ar");
type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;
const MESSAGES: Forms = { one: "رسالة واحدة", two: "رسالتان", few: "رسائل", other: "رسالة" };
const CHARACTERS: Forms = { one: "حرف واحد", two: "حرفين", few: "أحرف", many: "حرفًا", other: "حرف" };
/** One and two are said by the noun alone. */
const counted = (n: number, forms: Forms): string => {
  const rule = plural.select(n);
  const form = forms[rule] ?? forms.other;
  return rule === "one" || rule === "two" ? `${form}` : `${number(n)} ${form}`;
};
const messages = (n: number): string => counted(n, MESSAGES);

/** Arabic. */
export const translation: Translation = {
  lang: "ar",
  chat: (title) => `دردشة، ${title}`,
  transcript: (topic) => `الرسائل، ${topic}`,
  newMessages: "رسائل جديدة",
  composer: "رسالة",
  hint: (name) => `اكتب باسم ${name}…`,
  send: "إرسال",
  close: "إغلاق",
  rename: "تغيير الاسم",
  today: "اليوم",
  yesterday: "أمس",
  unread: "جديد",
  away: (n) => `${messages(n)} أثناء غيابك`,
  gap: (n) => `لم تعد متاحة: ${messages(n)}`,
  empty: "لا توجد رسائل بعد. ابدأ بالتحية!",
  public: "هذه الدردشة عامة.",
  loading: "جارٍ تحميل الرسائل السابقة",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} جديد · إلى الأحدث` : "إلى الأحدث"),
  you: "أنت",
  operator: "المشغّل",
  notSent: "لم تُرسل",
  tooLong: (n) => `أطول من الحد بنحو ${counted(n, CHARACTERS)}`,
  readonly: "هذه الدردشة للقراءة فقط.",
  connecting: "جارٍ الاتصال…",
  retrying: "جارٍ إعادة الاتصال…",
  retryIn: (seconds) => `إعادة الاتصال بعد ${number(seconds)} ث`,
  tryNow: "حاول الآن",
  offline: "أنت غير متصل. ستُرسل عند عودتك.",
  online: "عاد الاتصال",
  refused: "هذه الدردشة غير متاحة حاليًا.",
  newTab: "فتح الدردشة في علامة تبويب جديدة",
  broken: "لا يمكن عرض هذه الرسالة.",
};

/** Words of chunks that most visits never load. */
export const later: LaterStrings = {
  launcher: (unread) => (unread ? `دردشة، غير مقروء: ${number(unread)}` : "دردشة"),
  yourName: "اسمك",
  save: "حفظ",
  cancel: "إلغاء",
  badName: "استخدم من 1 إلى 40 حرفًا.",
  nameTaken: "هذا الاسم مستخدم أو محجوز. اختر اسمًا آخر.",
};

/** Words of the chunks that load after the first list. */
export const words: Words = {
  sending: "في انتظار الإرسال",
  held: "في انتظار المراجعة",
  rejected: "لم تتم الموافقة",
  blocked: "فيها ما هو غير مسموح به هنا.",
  aimGone: "لم تعد الرسالة التي رددت عليها موجودة.",
  noGuests: "لا يمكن للضيوف الجدد الكتابة هنا الآن.",
  retry: "إعادة المحاولة",
  discard: "حذف",
  tooFast: "تمهّل قليلًا. ستُرسل هذه الرسالة بعد لحظات.",
  manyNew: (n, topic) => `${messages(n)} لم تُقرأ في ${topic}`,
  tooMany: "رسائل كثيرة في انتظار الإرسال.",
  newGuest: "هذا المتصفح يمنع التخزين. ستكون ضيفًا جديدًا بعد إعادة التحميل.",
  actions: "إجراءات الرسالة",
  reply: "رد",
  react: "تفاعل",
  edit: "تعديل",
  remove: "حذف",
  removeAsk: "هل تُحذف هذه الرسالة؟",
  copy: "نسخ النص",
  copied: "تم النسخ",
  moderate: "إشراف",
  edited: "(معدّلة)",
  stopped: "(غير مكتملة)",
  removed: { author: "حُذفت الرسالة", moderator: "حذف مشرف الرسالة" },
  yours: "حذف مشرف رسالتك.",
  earlier: "رسالة سابقة",
  quote: (name) => `ردًا على ${name}`,
  replyTo: (name) => `رد على ${name}`,
  editing: "تعديل رسالتك",
  cancel: "إلغاء",
  failed: (why) => `تعذّر ذلك: ${why || "لا يوجد اتصال"}`,
  reaction: (name, n, mine) => `${name}، ${number(n)}${mine ? "، وأنت منهم" : ""}`,
  publicChat: "دردشة عامة",
  people: (n) => `متصل الآن: ${number(n)}`,
  offline: "غير متصل",
  members: "المتصلون الآن",
  crowded: "المتصلون كثيرون.",
  typing: (names) => (names.length > 2 ? "يكتب عدة أشخاص…" : `يكتب الآن: ${names.join(" و")}…`),
  slow: (wait) => `الوضع البطيء: ${wait}`,
  emojiOnly: "يُسمح بالرموز التعبيرية فقط حاليًا.",
  holding: "تُراجَع الرسائل قبل ظهورها.",
  closed: "يمكن للمشرفين فقط الكتابة حاليًا.",
  signedOut: "انتهت جلستك. سجّل الدخول مجددًا.",
  muted: "تم كتمك",
  banned: "تم حظرك من هذه الدردشة",
  until: (when) => ` حتى ${when}`,
  because: (why) => `: ${why}`,
  pinned: "مثبتة",
  nextPin: (at, n) => `${number(at)}/${number(n)}، الرسالة المثبتة التالية`,
  link: "نسخ الرابط",
  far: "تلك الرسالة قديمة جدًا.",
  paused: (n) => (n ? `متوقف · ${n > 99 ? `${number(99)}+` : number(n)} جديدة` : "متوقف"),
  mention: "الإشارة إلى شخص",
  emoji: {
    title: "رموز تعبيرية",
    search: "بحث في الرموز",
    more: "رموز أخرى",
    found: (n) => (n ? `وُجد ${number(n)}` : "لا نتائج"),
    groups: ["وجوه", "أيدٍ وأشخاص", "قلوب ورموز", "طبيعة", "طعام وشراب", "أشياء"],
  },
  menu: { title: "القائمة", search: "بحث", popOut: "فتح في نافذة جديدة", settings: "الإعدادات" },
  resize: "تغيير حجم اللوحة",
  report: {
    ask: "الإبلاغ عن الرسالة",
    why: "السبب (اختياري)",
    send: "إبلاغ",
    done: "أُرسل البلاغ. شكرًا.",
  },
  hidden: "للمشرفين وكاتبها فقط",
  ephemeral: "غير محفوظة، تختفي عند إعادة التحميل",
  more: "المزيد",
  less: "أقل",
  noFiles: "يمكن إرسال النصوص والروابط فقط.",
};
