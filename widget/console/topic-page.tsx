/** One topic: its newest messages live with acts on each, its rules, and what can be done with all of it. Also a rule of a pattern. */
import { type ComponentChildren, h } from "preact";
import { useState } from "preact/hooks";
import type { Message, ModerationAct, TopicMode } from "../../src/model.ts";
import { moderate, MUTE_S } from "./act.ts";
import { ask, part, send } from "./ask.ts";
import { ConfirmDialog, saveAs } from "./bits.tsx";
import { MessageLine } from "./message-line.tsx";
import { usePolled } from "./polled.ts";
import type { Rule } from "./topic-rule.ts";
import type { ViewProps } from "./shell.tsx";

const POLL_MS = 3000;
const NEWEST = 30;

type TopicPageProps = ViewProps & {
  /** Draws the form of the rules. */
  drawRules: (rule: Rule, save: (table: Record<string, unknown>) => Promise<unknown>) => ComponentChildren;
};

/** The rule in force for a name: its own, or the longest pattern that covers it. */
export function ruleFor(name: string, rules: readonly Rule[]): Rule | undefined {
  const covering = rules.filter(
    ({ pattern }) => pattern === name || (pattern.endsWith("*") && name.startsWith(pattern.slice(0, -1))),
  );
  const rank = ({ pattern }: Rule) => (pattern === name ? Number.POSITIVE_INFINITY : pattern.length);
  return covering.sort((a, b) => rank(b) - rank(a))[0];
}

/** Draws the newest messages, and the acts on each. */
function Messages({ topic, run }: { topic: string; run: ViewProps["run"] }) {
  const path = `topics/${part(topic)}/messages?limit=${NEWEST}`;
  const { data, trouble, reload } = usePolled<{ messages: Message[]; top: number }>(path, POLL_MS);
  const act = (body: ModerationAct, done: string) =>
    run(undefined, async () => {
      const outcome = await moderate(topic, body, done);
      await reload();
      return outcome;
    });
  const say = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = String(new FormData(form).get("text") ?? "");
    void run("Sent.", async () => {
      await ask("POST", `topics/${part(topic)}/messages`, { text });
      form.reset();
      await reload();
    });
  };
  const shown = data?.messages.filter(({ kind }) => kind === undefined).toReversed() ?? [];
  return (
    <section aria-labelledby="newest">
      <h2 id="newest">Newest messages</h2>
      {trouble && <p class="trouble">{trouble}</p>}
      <form class="line" onSubmit={say}>
        <input
          class="wide grow"
          name="text"
          aria-label="Message as the operator"
          placeholder="Write as the operator"
          required
          autocomplete="off"
        />
        <button class="plain outlined" type="submit">
          Send
        </button>
      </form>
      {data && shown.length === 0 && <p class="muted">No messages yet.</p>}
      <ul class="card context">
        {shown.map((message) => (
          <MessageLine key={message.offset} message={message}>
            {!message.removed && (
              <div class="acts">
                <button
                  class="plain"
                  type="button"
                  onClick={() => void act({ action: "remove", target: message.offset }, "Removed.")}
                >
                  Remove
                </button>
                {message.user.role !== "operator" && (
                  <span>
                    <button
                      class="plain"
                      type="button"
                      onClick={() =>
                        void act(
                          { action: "timeout", user: message.user.id, seconds: MUTE_S },
                          "Muted for ten minutes.",
                        )
                      }
                    >
                      Mute
                    </button>
                    <button
                      class="plain danger"
                      type="button"
                      onClick={() => void act({ action: "ban", user: message.user.id }, "Banned.")}
                    >
                      Ban
                    </button>
                  </span>
                )}
              </div>
            )}
          </MessageLine>
        ))}
      </ul>
    </section>
  );
}

/** Draws the modes of a topic, which moderators change. */
function Modes({ topic, run }: { topic: string; run: ViewProps["run"] }) {
  const { data, reload } = usePolled<{ mode: TopicMode }>(`topics/${part(topic)}/mode`, POLL_MS * 2);
  const set = (mode: Partial<TopicMode>, done: string) =>
    run(undefined, async () => {
      const { text, undo } = await moderate(topic, { action: "mode", mode }, done);
      await reload();
      return { text, undo: undo && (() => undo().then(reload)) };
    });
  if (!data) return null;
  const { readOnly, hold } = data.mode;
  return (
    <div class="line modes">
      <label>
        <input
          type="checkbox"
          checked={readOnly}
          onChange={({ currentTarget: { checked } }) =>
            void set(
              { readOnly: checked },
              checked ? "Only moderators may write now." : "Open for writing again.",
            )
          }
        />{" "}
        Read-only
      </label>
      <label>
        Hold for review{" "}
        <select
          value={hold}
          onChange={({ currentTarget: { value } }) =>
            void set({ hold: value as TopicMode["hold"] }, "Review changed.")
          }
        >
          <option value="none">nobody’s messages</option>
          <option value="guests">guests’ messages</option>
          <option value="all">everybody’s messages</option>
        </select>
      </label>
    </div>
  );
}

/** Draws the page. */
export function TopicPage({ rest: name, run, go, drawRules }: TopicPageProps) {
  const { data, trouble, reload } = usePolled<{ topics: Rule[] }>("topics", 0);
  const [asked, setAsked] = useState<"clear" | "delete">();
  const isPattern = name.endsWith("*");
  const rule = data && ruleFor(name, data.topics);
  const isOwn = rule?.pattern === name;
  const save = async (table: Record<string, unknown>) => {
    await ask("PUT", `topics/${part(name)}`, table);
    await reload();
    await run("Rules saved. They are in force.", async () => undefined);
  };
  const reset = () =>
    run(rule?.file ? "The rule of kabar.toml is in force." : "The rule is removed.", async () => {
      await ask("DELETE", `topics/${part(name)}`);
      if (rule?.file) await reload();
      else go("topics");
    });
  const clear = () =>
    run("All messages are gone.", () => moderate(name, { action: "clear" }, "All messages are gone."));
  const remove = () =>
    run("Topic deleted.", async () => {
      await moderate(name, { action: "clear" }, "");
      if (isOwn) await ask("DELETE", `topics/${part(name)}`);
      go("topics");
    });
  const exportAll = () =>
    run("Exported.", async () =>
      saveAs(`${name.replaceAll(":", "_")}.jsonl`, await send("GET", `topics/${part(name)}/export`)),
    );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>
          <a href="#/topics" aria-label="Topics">
            Topics
          </a>{" "}
          / <span>{name}</span>
        </h1>
        {!isPattern && (
          <div class="line">
            <button class="plain outlined" type="button" onClick={() => void exportAll()}>
              Export
            </button>
            <button class="plain outlined danger" type="button" onClick={() => setAsked("clear")}>
              Clear…
            </button>
            <button class="plain outlined danger" type="button" onClick={() => setAsked("delete")}>
              Delete…
            </button>
          </div>
        )}
      </div>
      {trouble && <p class="trouble">{trouble}</p>}
      {data && !rule && <p class="warning">No rule allows this topic: nobody but you can read it.</p>}
      {!isPattern && rule && <Modes topic={name} run={run} />}
      {!isPattern && <Messages topic={name} run={run} />}
      {rule && (
        <section aria-labelledby="rules">
          <div class="head">
            <h2 id="rules">Rules</h2>
            {isOwn && rule.source === "api" && (rule.file || isPattern) && (
              <button class="plain outlined" type="button" onClick={() => void reset()}>
                {rule.file ? "Back to kabar.toml" : "Remove the rule"}
              </button>
            )}
          </div>
          <p class="muted">
            {isOwn
              ? rule.source === "file"
                ? "From kabar.toml. What you save here replaces it and survives restarts."
                : "Set while the server ran. It survives restarts."
              : `This topic follows the rule of ${rule.pattern}. What you save here becomes a rule of its own.`}
          </p>
          {drawRules(rule, save)}
        </section>
      )}
      {asked === "clear" && (
        <ConfirmDialog
          title="Clear"
          name={name}
          text="Removes all messages of the topic for good, for everybody. Export them first if you may need them."
          onConfirm={() => void clear()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === "delete" && (
        <ConfirmDialog
          title="Delete"
          name={name}
          text={
            rule?.file || (rule && !isOwn)
              ? `Removes all messages for good. The topic itself stays open, empty, because ${rule.file ? "kabar.toml" : rule.pattern} allows it.`
              : "Removes all messages and the rule for good. Nobody can read or write the topic afterwards."
          }
          onConfirm={() => void remove()}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}
