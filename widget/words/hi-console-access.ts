/** Hindi words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** Hindi. */
export const words: ConsoleAccessWords = {
  access: {
    name: "नाम",
    passphrase: "पासफ़्रेज़",
    owners: "स्वामी",
    ownersAbout:
      "वे नाम और पासफ़्रेज़ से साइन इन करते हैं और उनके पास संचालक के सभी अधिकार होते हैं। ऑडिट लॉग दिखाता है कि किसने क्या किया। नया पासफ़्रेज़ उस स्वामी के सत्र समाप्त कर देता है।",
    newOwner: "नया स्वामी",
    passphraseRule: "पासफ़्रेज़ (कम से कम 15 अक्षर)",
    again: "पासफ़्रेज़ दोहराएँ",
    advice: "चार या पाँच ऐसे शब्द अच्छे रहते हैं जिनका आपस में संबंध न हो।",
    differ: "दोनों पासफ़्रेज़ एक जैसे नहीं हैं।",
    save: "सहेजें",
    saved: "पासफ़्रेज़ सहेजा गया।",
    setAt: (when) => `पासफ़्रेज़ सेट हुआ ${when}`,
    newPassphrase: "नया पासफ़्रेज़",
    newPassphraseFor: (name) => `${name} के लिए नया पासफ़्रेज़`,
    remove: "हटाएँ",
    removeOwner: "स्वामी हटाएँ",
    removeAbout: "इस स्वामी के सत्र तुरंत समाप्त हो जाएँगे।",
    removed: "स्वामी हटाया गया।",
    none: "अभी कोई स्वामी नहीं है।",
  },
};
