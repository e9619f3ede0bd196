/** Arabic words of the console's views of messages, topics and people. */
import type { ConsoleTopicWords } from "./console-topic-words.ts";

const number = (n: number): string => n.toLocaleString("ar");
const plural = new Intl.PluralRules("ar");
type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;
const MESSAGES: Forms = { one: "رسالة واحدة", two: "رسالتان", few: "رسائل", other: "رسالة" };
const TIMES: Forms = { one: "مرة واحدة", two: "مرتين", few: "مرات", other: "مرة" };
const ENTRIES: Forms = { one: "مدخل واحد", two: "مدخلين", few: "مدخلات", many: "مدخلًا", other: "مدخل" };
/** One and two are said by the noun alone. */
const counted = (n: number, forms: Forms): string => {
  const rule = plural.select(n);
  const form = forms[rule] ?? forms.other;
  return rule === "one" || rule === "two" ? `${form}` : `${number(n)} ${form}`;
};

/** Arabic. */
export const words: ConsoleTopicWords = {
  inbox: {
    nothing: "لا شيء للمراجعة.",
    waiting: (n) => `للمراجعة: ${counted(n, MESSAGES)}.`,
    more: (n) => `وبعدها ${number(n)} أخرى.`,
    selected: (n) => `المحدد: ${number(n)}.`,
    clear: (n) => `إخفاء ما بُتّ فيه (${number(n)})`,
    select: (topic) => `تحديد، ${topic}`,
    label: {
      held: (topic) => `رسالة محتجزة في ${topic}`,
      reported: (topic) => `رسالة مبلّغ عنها في ${topic}`,
    },
    heldFor: { review: "في انتظار المراجعة", words: "احتجزتها تصفية الكلمات", links: "محتجزة بسبب روابطها" },
    reported: (n) => `أُبلغ عنها ${counted(n, TIMES)}`,
    reportedBy: "أبلغ عنها {name}",
    author: { muted: "الكاتب مكتوم", banned: "الكاتب محظور" },
    elsewhere: "بُتّ فيها في مكان آخر.",
    context: "الرسائل المحيطة بها",
    loadingContext: "جارٍ تحميل الرسائل المحيطة بها…",
    noContext: "لا توجد رسائل في الموضوع بعد.",
    removed: "حُذفت الرسالة.",
    gone: "لم تعد هذه الرسالة في الموضوع.",
    acts: {
      approve: "موافقة",
      keep: "إبقاء",
      reject: "رفض",
      remove: "حذف",
      mute: "كتم 10 دقائق",
      ban: "حظر",
      shadow: "إخفاء",
      select: "تحديد",
    },
    done: {
      approve: "تمت الموافقة.",
      keep: "أُبقيت.",
      reject: "رُفضت.",
      remove: "حُذفت.",
      mute: "كُتم لمدة 10 دقائق.",
      ban: "تم الحظر.",
      shadow: "تم الإخفاء.",
    },
  },
  message: {
    id: "المعرّف المستخدم في العقوبات والتصدير",
    changes: {
      edit: "عدّل رسالة",
      remove: "حذف رسالة",
      pin: "ثبّت رسالة أو ألغى تثبيتها",
      react: "تفاعل",
      hidden: "مخفية",
    },
    removedBy: { author: "حذفها كاتبها", moderator: "حذفها مشرف" },
  },
  topics: {
    search: "البحث عن موضوع بالاسم",
    make: "موضوع جديد",
    nameOrPattern: "الاسم، أو بداية أسماء يليها *",
    hint: "يُسمح بالحروف والأرقام و . _ : - . يمكن للضيوف القراءة والكتابة إلى أن تغيّر القواعد.",
    readOnly: "للقراءة فقط",
    closed: "مغلق: لا توجد قاعدة",
    here: (n) => `هنا: ${number(n)}`,
    messages: (n) => counted(n, MESSAGES),
    noneYet: "لا شيء بعد",
    notFound: "لا يوجد موضوع بهذا الاسم.",
    showMore: (n) => `عرض ${number(n)}`,
    more: "هناك المزيد: ابحث بالاسم.",
    patterns: "القواعد حسب النمط",
  },
  topic: {
    newest: "أحدث الرسائل",
    writeAs: "الكتابة بصفة المشغّل",
    send: "إرسال",
    empty: "لا توجد رسائل بعد.",
    sent: "أُرسلت.",
    readOnly: "للقراءة فقط",
    isReadOnly: "يمكن للمشرفين فقط الكتابة الآن.",
    isOpen: "يمكن للجميع الكتابة مجددًا.",
    hold: "مراجعة قبل النشر",
    holds: { none: "لا رسائل", guests: "رسائل الضيوف", all: "كل الرسائل" },
    holdChanged: "تغيّرت المراجعة.",
    clear: "تفريغ",
    clearAbout: "يحذف كل رسائل الموضوع لدى الجميع نهائيًا. صدّرها أولًا إن كنت قد تحتاج إليها.",
    cleared: "حُذفت كل الرسائل.",
    delete: "حذف الموضوع",
    deleteAbout: "يحذف كل الرسائل والقاعدة نهائيًا. لن يتمكن أحد بعدها من القراءة أو الكتابة في الموضوع.",
    deleteKeeps: (source) =>
      `يحذف كل الرسائل نهائيًا. يبقى الموضوع نفسه مفتوحًا وفارغًا لأن ${source} يسمح به.`,
    deleted: "حُذف الموضوع.",
    noRule: "لا توجد قاعدة تسمح بهذا الموضوع: لا يمكن لأحد غيرك قراءته.",
    rules: "القواعد",
    rulesSaved: "حُفظت القواعد وأصبحت سارية.",
    backToFile: "العودة إلى kabar.toml",
    fileInForce: "قاعدة kabar.toml سارية.",
    removeRule: "إزالة القاعدة",
    ruleRemoved: "أُزيلت القاعدة.",
    fromFile: "من kabar.toml. ما تحفظه هنا يحل محلها ويبقى بعد إعادة التشغيل.",
    fromApi: "ضُبطت أثناء عمل الخادم. تبقى بعد إعادة التشغيل.",
    fromPattern: (pattern) => `يتبع هذا الموضوع قاعدة ${pattern}. ما تحفظه هنا يصبح قاعدة خاصة به.`,
  },
  rules: {
    save: "حفظ القواعد",
    discard: "تجاهل التغييرات",
    empty: "فارغ",
    inFile: (value) => `kabar.toml: ${value}.`,
    levels: { write: "يمكنهم القراءة والكتابة", read: "يمكنهم القراءة", none: "لا وصول لهم" },
    yesNo: { true: "نعم", false: "لا" },
    linkRights: { allow: "الجميع", "guests-no": "المستخدمون المسجّلون", none: "لا أحد" },
    fields: {
      title: { label: "العنوان", about: "اسم الموضوع كما يراه الناس. فارغ: اسمه نفسه." },
      guests: { label: "الضيوف", about: "زوار بلا حساب." },
      users: { label: "المستخدمون المسجّلون", about: "ما لم يمنحهم رمزهم غير ذلك." },
      react: { label: "التفاعلات", about: "هل يمكن التفاعل بالرموز التعبيرية." },
      people: { label: "قائمة الأشخاص", about: "هل يرى القراء من هو هنا." },
      links: { label: "الروابط", about: "من يمكنه كتابة الروابط. المشرفون يمكنهم دائمًا." },
      maxTextBytes: { label: "أطول نص", about: "بالبايت (UTF-8)." },
      retainMessages: { label: "الاحتفاظ بحد أقصى", about: "عدد الرسائل؛ تُحذف الأقدم. 0 يحتفظ بكلها." },
      retainDays: { label: "الاحتفاظ لمدة", about: "عدد الأيام. 0 يحتفظ بكلها." },
    },
  },
  people: {
    search: "البحث عن شخص بالاسم أو المعرّف",
    about: "من هو هنا الآن أو عليه عقوبة. تجد غيرهم بمعرّفهم الكامل الظاهر بجانب كل رسالة.",
    nobody: "لم يُعثر على أحد.",
    here: "هنا:",
    sanctionIn: {
      mute: "مكتوم في {topic}",
      ban: "محظور في {topic}",
      shadow: "مخفي في {topic}",
    },
    by: (name) => `بواسطة ${name}`,
    endless: "بلا نهاية",
    ends: (when) => `تنتهي ${when}`,
    more: (n) => `${number(n)} آخرون: ابحث بالاسم أو المعرّف.`,
    lift: "رفع",
    lifted: "رُفعت العقوبة.",
    erase: "محو",
    revoke: "إلغاء عمليات الدخول",
    revoked: "تُرفض كل عمليات الدخول السابقة.",
    eraseAbout: "يحذف رسائل المستخدم نهائيًا، ويزيل معرّفه واسمه من كل ما عداها. تبقى ردود الآخرين.",
    erased: (n) => `مُحي من ${counted(n, ENTRIES)}.`,
  },
};
