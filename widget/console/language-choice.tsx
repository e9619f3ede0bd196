/** The choice of the console's language, remembered in this browser. */
import { h } from "preact";
import { NAMES } from "../words/console-languages.ts";
import { chooseLanguage, words } from "./speech.ts";

/** Draws the choice; a language whose words do not load leaves the one in use. */
export const LanguageChoice = () => (
  <label class="language">
    {words.common.language}{" "}
    <select
      value={words.lang}
      onChange={({ currentTarget }) =>
        void chooseLanguage(currentTarget.value).catch(() => {
          currentTarget.value = words.lang;
        })
      }
    >
      {Object.entries(NAMES).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
