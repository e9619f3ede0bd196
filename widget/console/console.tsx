/**
 * The owner's console: a program of the browser that speaks to the admin API and nothing else. Entry of its bundle, which no page
 * with a widget loads. Decides whether the browser is signed in; the shell draws the rest.
 */
import { h, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, onSignedOut, Refusal } from "./ask.ts";
import css from "./console.css";
import { Shell } from "./shell.tsx";
import { SignIn, takeCode } from "./sign-in.tsx";
import { onSpeech, speakFirst, words } from "./speech.ts";

type State = "asking" | "in" | "out";

function Console({ code }: { code: string | undefined }) {
  const [state, setState] = useState<State>(code === undefined ? "asking" : "out");
  const [notice, setNotice] = useState<string>();
  const [lang, setLang] = useState(words.lang);
  useEffect(() => {
    onSpeech(() => setLang(words.lang));
    onSignedOut(() => {
      setNotice(words.shell.signedOut);
      setState("out");
    });
    if (code !== undefined) return;
    ask("GET", "console/sessions").then(
      () => setState("in"),
      (error: unknown) => {
        // Without a cookie the request is a guest's; a cookie that no longer holds deserves a word.
        if (error instanceof Refusal && error.code === "bad-credential") setNotice(words.shell.signedOut);
        setState("out");
      },
    );
  }, []);
  if (state === "asking") return <main aria-busy="true" />;
  if (state === "in")
    return (
      <Shell
        key={lang}
        onLeave={() => {
          setNotice(words.shell.signedOut);
          setState("out");
        }}
      />
    );
  return <SignIn key={lang} code={code} notice={notice} onEnter={() => setState("in")} />;
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
document.adoptedStyleSheets.push(sheet);
const root = document.getElementById("console");
const code = takeCode();
void speakFirst().then(() => {
  root?.replaceChildren();
  if (root) render(<Console code={code} />, root);
});
