/**
 * The owner's console: a program of the browser that speaks to the admin API and nothing else. Entry of its bundle, which no page
 * with a widget loads. Decides whether the browser is signed in; the shell draws the rest.
 */
import { h, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, onSignedOut } from "./ask.ts";
import css from "./console.css";
import { Shell } from "./shell.tsx";
import { type Access, SignIn, takeCode } from "./sign-in.tsx";
import { onSpeech, speakFirst, words } from "./speech.ts";

type State = "asking" | "in" | "out";

function Console({ code }: { code: string | undefined }) {
  const [state, setState] = useState<State>(code === undefined ? "asking" : "out");
  const [notice, setNotice] = useState<string>();
  const [access, setAccess] = useState<Access>();
  const [lang, setLang] = useState(words.lang);
  useEffect(() => {
    onSpeech(() => setLang(words.lang));
    onSignedOut(() => {
      setNotice(words.shell.signedOut);
      setState("out");
    });
    // Asked with a link as well: the link may have been used, and then the other ways in are shown.
    ask<Access>("GET", "console").then(
      (found) => {
        setAccess(found);
        if (found.ended) setNotice(words.shell.signedOut);
        if (code === undefined) setState(found.signedIn ? "in" : "out");
      },
      () => setState((before) => (before === "asking" ? "out" : before)),
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
  return <SignIn key={lang} code={code} notice={notice} access={access} onEnter={() => setState("in")} />;
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
