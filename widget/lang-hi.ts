/** Hindi: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("hi");
const messages = (n: number): string => `${number(n)} संदेश`;

/** Hindi. */
export const translation: Translation = {
  lang: "hi",
  chat: (title) => `चैट, ${title}`,
  launcher: (unread) => (unread ? `चैट, ${number(unread)} अपठित` : "चैट"),
  transcript: (topic) => `संदेश, ${topic}`,
  newMessages: "नए संदेश",
  composer: "संदेश",
  placeholder: (title) => `${title} में संदेश`,
  send: "भेजें",
  close: "बंद करें",
  writeAs: "इस नाम से लिखें: ",
  changeName: "नाम बदलें",
  yourName: "आपका नाम",
  save: "सहेजें",
  cancel: "रद्द करें",
  badName: "1 से 40 अक्षर लिखें।",
  today: "आज",
  yesterday: "कल",
  unread: "नया",
  away: (n) => `आपके न रहने पर ${messages(n)}`,
  gap: (n) => `${messages(n)} अब उपलब्ध नहीं`,
  empty: "पहला संदेश आप लिखें",
  loadingOlder: "पुराने संदेश लोड हो रहे हैं",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} नए · सबसे नए पर जाएँ` : "सबसे नए पर जाएँ"),
  you: "आप",
  operator: "संचालक",
  sending: "कतार में",
  held: "मॉडरेटर की प्रतीक्षा में",
  rejected: "स्वीकृत नहीं हुआ",
  notSent: "नहीं भेजा गया",
  retry: "फिर कोशिश करें",
  discard: "हटाएँ",
  tooFast: "बहुत तेज़: थोड़ी देर में भेज दिया जाएगा।",
  tooLong: (over) => `${number(over)} बाइट ज़्यादा`,
  tooMany: "बहुत से संदेश अभी भेजे नहीं गए हैं।",
  readonly: "यहाँ आप सिर्फ़ पढ़ सकते हैं।",
  guestAgain: "यह ब्राउज़र कुछ नहीं सहेजता: दोबारा लोड करने पर आप नए अतिथि होंगे।",
  connecting: "कनेक्ट हो रहा है…",
  reconnecting: "फिर से कनेक्ट हो रहा है…",
  reconnectingIn: (seconds) => `${number(seconds)} से॰ में फिर से कनेक्ट होगा`,
  tryNow: "अभी कोशिश करें",
  offline: "आप ऑफ़लाइन हैं। कनेक्शन लौटने पर संदेश भेजे जाएँगे।",
  online: "फिर से ऑनलाइन",
  refused: "यह चैट यहाँ नहीं दिखाई जा सकती।",
  openInTab: "चैट नए टैब में खोलें",
  broken: "यह संदेश दिखाया नहीं जा सका",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${topic} में ${number(n)} नए संदेश`,
};
