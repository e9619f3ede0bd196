/** Arabic words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** Arabic. */
export const words: ConsoleAccessWords = {
  access: {
    name: "الاسم",
    passphrase: "عبارة المرور",
    owners: "المالكون",
    ownersAbout:
      "يسجّلون الدخول باسم وعبارة مرور ولهم كل صلاحيات المشغّل. يعرض سجل التدقيق ما فعله كل منهم. تنهي عبارة المرور الجديدة جلسات صاحبها.",
    newOwner: "مالك جديد",
    passphraseRule: "عبارة المرور (15 حرفًا على الأقل)",
    again: "كرّر عبارة المرور",
    advice: "أربع كلمات أو خمس لا رابط بينها اختيار جيد.",
    differ: "عبارتا المرور غير متطابقتين.",
    save: "حفظ",
    saved: "حُفظت عبارة المرور.",
    setAt: (when) => `ضُبطت عبارة المرور ${when}`,
    newPassphrase: "عبارة مرور جديدة",
    newPassphraseFor: (name) => `عبارة مرور جديدة لـ ${name}`,
    remove: "إزالة",
    removeOwner: "إزالة المالك",
    removeAbout: "تنتهي جلسات هذا المالك فورًا.",
    removed: "أُزيل المالك.",
    none: "لا يوجد مالكون بعد.",
    withProvider: (provider) => `تسجيل الدخول عبر ${provider}`,
    oidc: {
      away: "لا يستجيب موفّر الهوية كما ينبغي حاليًا. حاول لاحقًا، أو سجّل الدخول بطريقة أخرى.",
      refused: "لم يسجّل موفّر الهوية دخولك. حاول مرة أخرى.",
      unknown:
        "لست في قائمة المالكين الذين يمكن لموفّر الهوية تسجيل دخولهم (oidc_allowed)، أو أن بريدك الإلكتروني غير مؤكَّد.",
      expired: "استغرق تسجيل الدخول هذا وقتًا طويلًا أو بدأ في متصفح آخر. حاول مرة أخرى.",
      busy: "محاولات تسجيل دخول فاشلة كثيرة من عنوانك. حاول لاحقًا.",
    },
  },
};
