/**
 * The owner's console: a program of the browser that speaks to the admin API and nothing else. Entry of its bundle, which no page
 * with a widget loads. Decides whether the browser is signed in; the shell draws the rest.
 */
import { h, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, onSignedOut } from "./ask.ts";
import css from "./console.css";
import { Shell } from "./shell.tsx";
import {
  bringsSomething,
  type Access,
  type Brought,
  failureInWords,
  SignIn,
  takeBrought,
  takeFailure,
} from "./sign-in.tsx";
import { onSpeech, speakFirst, words } from "./speech.ts";

type State = "asking" | "in" | "out";

function Console({ first, failure }: { first: Brought | undefined; failure: string | undefined }) {
  // Used once: who signs out stays out.
  const [brought, setBrought] = useState(first);
  const [state, setState] = useState<State>(brought === undefined ? "asking" : "out");
  const [notice, setNotice] = useState(failureInWords(failure));
  const [access, setAccess] = useState<Access>();
  const [lang, setLang] = useState(words.lang);
  /** Asks whether this browser is signed in; `isAnswer`: the answer decides what is shown. */
  async function look(isAnswer: boolean): Promise<void> {
    const found = await ask<Access>("GET", "console").catch(() => undefined);
    if (found) setAccess(found);
    if (found?.ended && failure === undefined) setNotice(words.shell.signedOut);
    if (!isAnswer) return;
    setBrought(undefined);
    setState(found?.signedIn ? "in" : "out");
  }
  const leave = () => {
    setNotice(words.shell.signedOut);
    setState("out");
    // The ways in may be others than before.
    void look(false);
  };
  useEffect(() => {
    onSpeech(() => setLang(words.lang));
    onSignedOut(leave);
    // With a link only once that has failed: an answer that ends an old cookie must not end the new one.
    if (brought === undefined) void look(true);
  }, []);
  if (state === "asking") return <main aria-busy="true" />;
  if (state === "in")
    return (
      <Shell
        key={lang}
        isOperator={access?.operator === true}
        // Whoever has the operator's key has no name of their own.
        name={access?.user?.id === "operator" ? words.common.roles.operator : access?.user?.name}
        canLeave={access?.how !== "proxy"}
        onLeave={leave}
      />
    );
  return (
    <SignIn
      key={lang}
      brought={brought}
      notice={notice}
      access={access}
      onEnter={() => void look(true)}
      onFail={() => access ?? void look(false)}
    />
  );
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
document.adoptedStyleSheets.push(sheet);
const root = document.getElementById("console");
const brought = takeBrought();
const failure = takeFailure();
// A link that is opened in a tab of the console changes the address and loads nothing.
addEventListener("hashchange", () => bringsSomething() && location.reload());
void speakFirst().then(() => {
  root?.replaceChildren();
  if (root) render(<Console first={brought} failure={failure} />, root);
});
