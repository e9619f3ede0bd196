/** API keys of back ends: makes them, shows their secret once, revokes them. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { ask, inWords, part } from "./ask.ts";
import { CopyLine, Dialog, When } from "./bits.tsx";
import { useHotkeys } from "./hotkeys.ts";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";

interface Key {
  id: string;
  name: string;
  scope: string;
  topics: string[];
  madeAt: number;
}

const SCOPES: Readonly<Record<string, string>> = {
  publish: "publish and read",
  read: "read",
  moderate: "moderate, publish and read",
  feed: "read, and receive all events",
  admin: "everything of the admin API",
};

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
    <Dialog title="New key" onClose={onClose}>
      <form class="stack" onSubmit={(event) => void make(event)}>
        <div>
          <label for="key-name">Name</label>
          <input id="key-name" name="name" required maxLength={60} autocomplete="off" />
        </div>
        <div>
          <label for="key-scope">May</label>
          <select id="key-scope" name="scope">
            {Object.entries(SCOPES).map(([scope, words]) => (
              <option key={scope} value={scope}>
                {words}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label for="key-topics">In topics (names or patterns; empty: in all)</label>
          <input id="key-topics" name="topics" autocomplete="off" spellcheck={false} />
        </div>
        <p class="trouble" role="alert">
          {trouble}
        </p>
        <button class="button" type="submit">
          Make
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
    run("Key revoked.", async () => {
      await ask("DELETE", `keys/${part(id)}`);
      await reload();
    });
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>Keys</h1>
        <button class="button" type="button" onClick={() => setMaking(true)}>
          New key
        </button>
      </div>
      <p class="muted">Keys of back ends. A key that is revoked is refused at once.</p>
      {secret !== undefined && (
        <div class="card">
          <p>Copy the key now. It is shown this once.</p>
          <CopyLine text={secret} label="Key" />
        </div>
      )}
      {trouble && <p class="trouble">{trouble}</p>}
      <ul class="rows">
        {data?.keys.map((key) => (
          <li key={key.id} class="row">
            <div class="grow">
              <strong dir="auto">{key.name}</strong>
              <div class="muted">
                {SCOPES[key.scope] ?? key.scope} in {key.topics.join(", ")} · made <When at={key.madeAt} /> ·{" "}
                {key.id}
              </div>
            </div>
            <button class="plain outlined danger" type="button" onClick={() => void revoke(key)}>
              Revoke<span class="unseen"> {key.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {data?.keys.length === 0 && <p class="muted">No keys yet.</p>}
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
