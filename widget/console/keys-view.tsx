/** API keys of back ends: makes them, shows their secret once, revokes them. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { ask, inWords, part } from "./ask.ts";
import { CopyLine, Dialog, Trouble, When } from "./bits.tsx";
import { useHotkeys } from "./hotkeys.ts";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { inList, words } from "./speech.ts";

interface Key {
  id: string;
  name: string;
  scope: string;
  topics: string[];
  madeAt: number;
}

/** The scopes in words. */
const scopes = (): Readonly<Record<string, string>> => words.keys.scopes;

function NewKey({ onMade, onClose }: { onMade: (secret: string) => void; onClose: () => void }) {
  const [trouble, setTrouble] = useState("");
  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const topics = text("topics")
      .split(/[\s,]+/)
      .filter(Boolean);
    try {
      const body = { name: text("name"), scope: text("scope"), topics };
      onMade((await ask<{ secret: string }>("POST", "keys", body)).secret);
      onClose();
    } catch (error) {
      setTrouble(inWords(error));
    }
  };
  return (
    <Dialog title={words.keys.make} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void make(event)}>
        <div>
          <label for="key-name">{words.common.name}</label>
          <input id="key-name" name="name" required maxLength={60} autocomplete="off" />
        </div>
        <div>
          <label for="key-scope">{words.keys.may}</label>
          <select id="key-scope" name="scope">
            {Object.entries(scopes()).map(([scope, text]) => (
              <option key={scope} value={scope}>
                {text}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label for="key-topics">{words.keys.inTopics}</label>
          <input id="key-topics" name="topics" autocomplete="off" spellcheck={false} />
        </div>
        <p class="trouble" role="alert" dir="auto">
          {trouble}
        </p>
        <button class="button" type="submit">
          {words.common.create}
        </button>
      </form>
    </Dialog>
  );
}

/** Draws the view. */
export function KeysView({ run }: ViewProps) {
  const { data, trouble, reload } = usePolled<{ keys: Key[] }>("keys", 0);
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  useHotkeys({ n: () => setMaking(true) });
  const revoke = ({ id }: Key) =>
    run(words.keys.revoked, async () => {
      await ask("DELETE", `keys/${part(id)}`);
      await reload();
    });
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.keys}</h1>
        <button class="button" type="button" onClick={() => setMaking(true)}>
          {words.keys.make}
        </button>
      </div>
      <p class="muted">{words.keys.about}</p>
      {secret !== undefined && (
        <div class="card">
          <p>{words.keys.once}</p>
          <CopyLine text={secret} label={words.keys.key} />
        </div>
      )}
      <Trouble text={trouble} />
      <ul class="rows">
        {data?.keys.map((key) => (
          <li key={key.id} class="row">
            <div class="grow">
              <strong dir="auto">{key.name}</strong>
              <div class="muted">
                {words.keys.mayIn(scopes()[key.scope] ?? key.scope, inList(key.topics))} ·{" "}
                <When at={key.madeAt} say={words.keys.madeAt} /> · {key.id}
              </div>
            </div>
            <button class="plain outlined danger" type="button" onClick={() => void revoke(key)}>
              {words.keys.revoke}
              <span class="unseen"> {key.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {data?.keys.length === 0 && <p class="muted">{words.keys.none}</p>}
      {isMaking && (
        <NewKey
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setSecret(made);
            void reload();
          }}
        />
      )}
    </section>
  );
}
