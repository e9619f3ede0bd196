/** Get started: the tag to copy, with a preview that follows its choices, which pages may use it, and a test message. */
import { Fragment, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AllowedSites } from "./allowed-sites.tsx";
import { ask, part } from "./ask.ts";
import { CopyLine } from "./bits.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";
import { type Choices, dressPreview, EMBED_DEFAULTS, previewPath, tagOf } from "./tag.ts";

/** The choices with their values, in words. */
const listOptions = (): {
  name: keyof Choices;
  label: string;
  values: Readonly<Record<string, string>>;
}[] => {
  const { mode, modes, position, positions, theme, themes, palette, palettes } = words.start;
  return [
    { name: "mode", label: mode, values: modes },
    { name: "position", label: position, values: positions },
    { name: "theme", label: theme, values: themes },
    { name: "palette", label: palette, values: palettes },
  ];
};

/** The address of this server, without the page's own name. */
const ownAddress = (): string => new URL(".", location.href).href.replace(/\/$/, "");

/** The accent that the chat has by itself, in its light scheme. */
const OWN_ACCENT = "#2f5bea";

/** Draws the choice of the accent colour, with a way back to the chat's own. */
const Accent = ({ value, onChange }: { value: string; onChange: (accent: string) => void }) => (
  <div class="field">
    <label for="tag-accent">{words.start.accent}</label>
    <div class="line">
      <input
        id="tag-accent"
        type="color"
        value={value || OWN_ACCENT}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      {value !== "" && (
        <button class="plain" type="button" onClick={() => onChange("")}>
          {words.start.palettes[""]}
        </button>
      )}
    </div>
  </div>
);

/** Draws the choice of the topic: a list, or a field that suggests names where there are more topics than a list shows. */
function TopicChoice({
  names,
  hasMore,
  topic,
  onChange,
}: {
  names: readonly string[];
  hasMore: boolean;
  topic: string;
  onChange: (topic: string) => void;
}) {
  const options = names.map((name) => (
    <option key={name} value={name}>
      {name}
    </option>
  ));
  const shared = {
    id: "tag-topic",
    value: topic,
    onChange: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      onChange(currentTarget.value.trim()),
  };
  if (!hasMore) return <select {...shared}>{options}</select>;
  return (
    <Fragment>
      <input {...shared} list="topic-names" maxLength={64} spellcheck={false} autocomplete="off" dir="ltr" />
      <datalist id="topic-names">{options}</datalist>
    </Fragment>
  );
}

/** Draws the view. */
export function StartView({ run }: ViewProps) {
  const [choices, setChoices] = useState<Choices>(EMBED_DEFAULTS);
  const { data: topics } = usePolled<{ topics: { name: string }[]; more: boolean }>(
    "log/topics?limit=100",
    0,
  );
  const names = topics?.topics.map(({ name }) => name) ?? [];
  const topic = choices.topic || (names.includes("lobby") ? "lobby" : (names[0] ?? "lobby"));
  const chosen = { ...choices, topic };
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => dressPreview(frame.current, choices), [choices]);
  const sendTest = () =>
    run(words.start.testSent, () =>
      ask("POST", `topics/${part(topic)}/messages`, { text: words.start.testText }),
    );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.start}</h1>
      </div>
      <div class="start">
        <div>
          <div class="fields">
            <div class="field">
              <label for="tag-topic">{words.start.topic}</label>
              <TopicChoice
                names={names.length > 0 ? names : [topic]}
                hasMore={topics?.more === true}
                topic={topic}
                onChange={(next) => setChoices({ ...choices, topic: next })}
              />
            </div>
            {listOptions().map(({ name, label, values }) => (
              <div key={name} class="field">
                <label for={`tag-${name}`}>{label}</label>
                <select
                  id={`tag-${name}`}
                  value={choices[name]}
                  disabled={name === "position" && choices.mode !== "panel"}
                  onChange={({ currentTarget }) => setChoices({ ...choices, [name]: currentTarget.value })}
                >
                  {Object.entries(values).map(([value, text]) => (
                    <option key={value} value={value}>
                      {text}
                    </option>
                  ))}
                </select>
              </div>
            ))}
            <div class="field">
              <label for="tag-title">{words.rules.fields.title.label}</label>
              <input
                id="tag-title"
                dir="auto"
                maxLength={80}
                autocomplete="off"
                value={choices.title}
                onInput={({ currentTarget }) => setChoices({ ...choices, title: currentTarget.value })}
              />
            </div>
            <Accent value={choices.accent} onChange={(accent) => setChoices({ ...choices, accent })} />
          </div>
          <h2>{words.start.tag}</h2>
          <p class="muted">{words.start.tagAbout}</p>
          <CopyLine text={tagOf(chosen, ownAddress())} label={words.start.tag} />
          <AllowedSites run={run} />
        </div>
        <div>
          <div class="head">
            <h2>{words.start.preview}</h2>
            <button class="plain outlined" type="button" onClick={() => void sendTest()}>
              {words.start.sendTest}
            </button>
          </div>
          <iframe
            ref={frame}
            title={words.start.previewTitle}
            src={previewPath(chosen)}
            onLoad={() => dressPreview(frame.current, choices)}
          />
          {choices.mode !== "inline" && <p class="muted">{words.start.previewAbout}</p>}
        </div>
      </div>
    </section>
  );
}
