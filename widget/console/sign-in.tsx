/** The way in: a link that has been opened, or the operator's key. */
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, inWords } from "./ask.ts";
import { Filled } from "./bits.tsx";
import { LanguageChoice } from "./language-choice.tsx";
import { words } from "./speech.ts";

/** The code of a link, as the address has it after `#`. */
const CODE = /^#(link_[\w-]{10,100})$/;

/** Takes the code of a link out of the address, so that neither the history nor a bookmark has it. */
export function takeCode(): string | undefined {
  const code = CODE.exec(location.hash)?.[1];
  if (code !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** Draws the way in; `code` is the code of a link, which is used at once. */
export function SignIn({
  code,
  notice,
  onEnter,
}: {
  code?: string | undefined;
  notice?: string | undefined;
  onEnter: () => void;
}) {
  const [trouble, setTrouble] = useState(notice);
  const [isBusy, setBusy] = useState(code !== undefined);
  async function enter(body: { code: string } | { key: string }) {
    setBusy(true);
    try {
      await ask("POST", "console/sessions", body);
      onEnter();
    } catch (error) {
      setTrouble(inWords(error));
      setBusy(false);
    }
  }
  useEffect(() => {
    if (code !== undefined) void enter({ code });
  }, []);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget as HTMLFormElement).get("key") ?? "").trim();
    void enter({ key });
  };
  return (
    <main class="sign-in" tabIndex={-1}>
      <h1>{words.signIn.title}</h1>
      <p>
        <Filled text={words.signIn.byLink} parts={{ command: <code>kabar console</code> }} />
      </p>
      <form onSubmit={onSubmit}>
        <label for="key">{words.signIn.byKey}</label>
        <div class="line">
          <input
            id="key"
            name="key"
            type="password"
            autocomplete="current-password"
            spellcheck={false}
            required
            maxLength={200}
            aria-describedby="sign-in-trouble"
          />
          <button class="button" type="submit" disabled={isBusy}>
            {words.signIn.enter}
          </button>
        </div>
      </form>
      <p id="sign-in-trouble" class="trouble" role="alert" dir="auto">
        {isBusy ? "" : trouble}
      </p>
      <p class="muted">
        <Filled
          text={words.signIn.whereKey}
          parts={{ file: <code>operator.key</code>, setting: <code>operator_key</code> }}
        />
      </p>
      <LanguageChoice />
    </main>
  );
}
