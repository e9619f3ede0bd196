/** Hindi words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** Hindi. */
export const words: SettingsWords = {
  title: "सेटिंग",
  theme: "थीम",
  auto: "सिस्टम",
  light: "लाइट",
  dark: "डार्क",
  density: "लेआउट",
  cosy: "खुले",
  compact: "सघन",
  bubbles: "बबल",
  mute: "यह चैट म्यूट करें",
  sound: "ध्वनि",
  badge: "पेज के शीर्षक में अपठित संख्या",
  notify: "सूचनाएँ",
  off: "बंद",
  mentions: "उल्लेख",
  all: "सभी",
  blocked: "ब्राउज़र इस पेज की सूचनाएँ रोकता है।",
  say: "स्क्रीन रीडर की घोषणाएँ",
  keys: "Ctrl+Enter से भेजें",
  privacy: "गोपनीयता",
  clear: "इस डिवाइस से मेरा डेटा हटाएँ",
  clearAsk: "आपका नाम और न भेजे गए संदेश हटाएँ?",
  cleared: "आपका डेटा इस डिवाइस से हटा दिया गया है।",
};
