/** Get started: the tag to copy, with a preview that follows its choices, which pages may use it, and a test message. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { ask, part } from "./ask.ts";
import { CopyLine } from "./bits.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { type Choices, EMBED_DEFAULTS, previewPath, tagOf } from "./tag.ts";

interface ShownSetting {
  key: string;
  value: unknown;
}

const OPTIONS: readonly { name: keyof Choices; label: string; values: Readonly<Record<string, string>> }[] = [
  {
    name: "mode",
    label: "Where it stands",
    values: { inline: "in the page", panel: "panel in a corner", bar: "toasts" },
  },
  { name: "position", label: "Corner of the panel", values: { end: "at the end", start: "at the start" } },
  { name: "theme", label: "Colours", values: { auto: "as the page", light: "light", dark: "dark" } },
  {
    name: "palette",
    label: "Palette",
    values: { "": "standard", sand: "sand", forest: "forest", ocean: "ocean", plum: "plum", ink: "ink" },
  },
];

/** The address of this server, without the page's own name. */
const ownAddress = (): string => new URL(".", location.href).href.replace(/\/$/, "");

/** Draws the view. */
export function StartView({ run }: ViewProps) {
  const [choices, setChoices] = useState<Choices>(EMBED_DEFAULTS);
  const { data: topics } = usePolled<{ topics: { name: string }[] }>("log/topics?limit=100", 0);
  const { data: settings } = usePolled<{ settings: ShownSetting[] }>("settings", 0);
  const origins = settings?.settings.find(({ key }) => key === "allowed_origins")?.value;
  const names = topics?.topics.map(({ name }) => name) ?? [];
  const topic = choices.topic || (names.includes("lobby") ? "lobby" : (names[0] ?? "lobby"));
  const chosen = { ...choices, topic };
  const sendTest = () =>
    run("Sent. It stands in the preview and on every page with this topic.", () =>
      ask("POST", `topics/${part(topic)}/messages`, { text: "A test message from the console." }),
    );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>Get started</h1>
      </div>
      <div class="start">
        <div>
          <div class="fields">
            <div class="field">
              <label for="tag-topic">Topic</label>
              <select
                id="tag-topic"
                value={topic}
                onChange={({ currentTarget }) => setChoices({ ...choices, topic: currentTarget.value })}
              >
                {(names.length > 0 ? names : [topic]).map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </div>
            {OPTIONS.map(({ name, label, values }) => (
              <div key={name} class="field">
                <label for={`tag-${name}`}>{label}</label>
                <select
                  id={`tag-${name}`}
                  value={choices[name]}
                  disabled={name === "position" && choices.mode !== "panel"}
                  onChange={({ currentTarget }) => setChoices({ ...choices, [name]: currentTarget.value })}
                >
                  {Object.entries(values).map(([value, words]) => (
                    <option key={value} value={value}>
                      {words}
                    </option>
                  ))}
                </select>
              </div>
            ))}
          </div>
          <h2>The tag</h2>
          <p class="muted">Paste it into a page where the chat shall stand.</p>
          <CopyLine text={tagOf(chosen, ownAddress())} label="Tag" />
          <h2>Pages that may use it</h2>
          <p class="muted">
            {Array.isArray(origins) && !origins.includes("*")
              ? `Pages of ${origins.join(", ")} (allowed_origins).`
              : "Pages of every site. To allow your own only, set allowed_origins in kabar.toml."}
          </p>
        </div>
        <div>
          <div class="head">
            <h2>Preview</h2>
            <button class="plain outlined" type="button" onClick={() => void sendTest()}>
              Send a test message
            </button>
          </div>
          <iframe title="Preview of the chat" src={previewPath(chosen)} />
          {choices.mode !== "inline" && (
            <p class="muted">The preview shows the chat itself; your page gives it its place.</p>
          )}
        </div>
      </div>
    </section>
  );
}
