/** One topic: its newest messages live with acts on each, its rules, and what can be done with all of it. Also a rule of a pattern. */
import { type ComponentChildren, h } from "preact";
import { useState } from "preact/hooks";
import type { Message, ModerationAct, TopicMode } from "../../src/model.ts";
import { moderate } from "./act.ts";
import { ask, part, send } from "./ask.ts";
import { ConfirmDialog, saveAs, Trouble } from "./bits.tsx";
import { useHeldPlaces } from "./held-places.ts";
import { MessageActs, MessageLine } from "./message-line.tsx";
import { useModerateMenu } from "./moderate-menu.tsx";
import { usePolled } from "./polled.ts";
import type { Rule } from "./topic-rule.ts";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

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

/** Draws the newest messages, or those around an offset, and the acts on each. */
function Messages({ topic, at, run }: { topic: string; at: number | undefined; run: ViewProps["run"] }) {
  const place = at === undefined ? "" : `&before=${at + NEWEST / 2}`;
  const path = `topics/${part(topic)}/messages?limit=${NEWEST}${place}`;
  const { data, trouble, reload } = usePolled<{ messages: Message[]; top: number }>(path, POLL_MS);
  const { open, menu } = useModerateMenu(run);
  const act = (body: ModerationAct, done: string) =>
    run(undefined, () => moderate(topic, body, done, reload));
  const say = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = String(new FormData(form).get("text") ?? "");
    void run(words.topic.sent, async () => {
      await ask("POST", `topics/${part(topic)}/messages`, { text });
      form.reset();
      await reload();
    });
  };
  const { shown, listeners } = useHeldPlaces(
    data?.messages.filter(({ kind }) => kind === undefined).toReversed() ?? [],
    { keyOf: ({ offset }) => offset, news: "later" },
  );
  return (
    <section aria-labelledby="newest">
      <h2 id="newest">
        {at === undefined ? (
          words.topic.newest
        ) : (
          <span>
            {words.inbox.context} · <a href={`#/topics/${part(topic)}`}>{words.topic.newest}</a>
          </span>
        )}
      </h2>
      <Trouble text={trouble} />
      <form class="line" onSubmit={say}>
        <input
          class="wide grow"
          name="text"
          dir="auto"
          aria-label={words.topic.write}
          placeholder={words.topic.write}
          required
          autocomplete="off"
        />
        <button class="plain outlined" type="submit">
          {words.topic.send}
        </button>
      </form>
      {data && shown.length === 0 && <p class="muted">{words.topic.empty}</p>}
      <ul class="card context" {...listeners}>
        {shown.map((message) => (
          <MessageLine key={message.offset} message={message} isMarked={message.offset === at}>
            <MessageActs message={message} act={act} onMore={open} />
          </MessageLine>
        ))}
      </ul>
      {menu}
    </section>
  );
}

/** Draws the modes of a topic, which moderators change. */
function Modes({ topic, run }: { topic: string; run: ViewProps["run"] }) {
  const { data, reload } = usePolled<{ mode: TopicMode }>(`topics/${part(topic)}/mode`, POLL_MS * 2);
  const set = (mode: Partial<TopicMode>, done: string) =>
    run(undefined, () => moderate(topic, { action: "mode", mode }, done, reload));
  if (!data) return null;
  const { readOnly, hold } = data.mode;
  return (
    <div class="line modes">
      <label>
        <input
          type="checkbox"
          checked={readOnly}
          onChange={({ currentTarget: { checked } }) =>
            void set({ readOnly: checked }, checked ? words.topic.isReadOnly : words.topic.isOpen)
          }
        />{" "}
        {words.topic.readOnly}
      </label>
      <label>
        {words.topic.hold}{" "}
        <select
          value={hold}
          onChange={({ currentTarget: { value } }) =>
            void set({ hold: value as TopicMode["hold"] }, words.topic.holdChanged)
          }
        >
          {Object.entries(words.topic.holds).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** The topic and the offset of a message in an address: a name has no slash. */
function readPlace(rest: string): { name: string; at: number | undefined } {
  const [name = "", offset = ""] = rest.split("/");
  return { name, at: /^\d{1,15}$/.test(offset) ? Number(offset) : undefined };
}

/** Draws what can be done with all of a topic; moderators do not delete it. */
const Tools = ({
  isOperator,
  onExport,
  onAsk,
}: {
  isOperator: boolean;
  onExport: (format: "jsonl" | "csv") => void;
  onAsk: (what: "clear" | "delete") => void;
}) => (
  <div class="line">
    <button class="plain outlined" type="button" onClick={() => onExport("jsonl")}>
      {words.common.export}
    </button>
    <button class="plain outlined" type="button" onClick={() => onExport("csv")}>
      {words.common.exportAs("CSV")}
    </button>
    <button class="plain outlined danger" type="button" onClick={() => onAsk("clear")}>
      {words.topic.clear}…
    </button>
    {isOperator && (
      <button class="plain outlined danger" type="button" onClick={() => onAsk("delete")}>
        {words.topic.delete}…
      </button>
    )}
  </div>
);

/** What a deletion leaves: the topic stays where kabar.toml or a pattern allows it. */
const aboutDeletion = (rule: Rule | undefined, isOwn: boolean): string =>
  rule && (rule.file || !isOwn)
    ? words.topic.deleteKeeps(rule.file ? "kabar.toml" : rule.pattern)
    : words.topic.deleteAbout;

/** Draws the page. */
export function TopicPage({ rest, run, go, isOperator, drawRules }: TopicPageProps) {
  const { name, at } = readPlace(rest);
  const { data, trouble, reload } = usePolled<{ topics: Rule[] }>(isOperator ? "topics" : undefined, 0);
  const [asked, setAsked] = useState<"clear" | "delete">();
  const isPattern = name.endsWith("*");
  const rule = data && ruleFor(name, data.topics);
  const isOwn = rule?.pattern === name;
  // A moderator does not receive the rules.
  const hasModes = rule !== undefined || !isOperator;
  const save = async (table: Record<string, unknown>) => {
    await ask("PUT", `topics/${part(name)}`, table);
    await reload();
    await run(words.topic.rulesSaved, async () => undefined);
  };
  const reset = () =>
    run(rule?.file ? words.topic.fileInForce : words.topic.ruleRemoved, async () => {
      await ask("DELETE", `topics/${part(name)}`);
      if (rule?.file) await reload();
      else go("topics");
    });
  const clear = () => run(undefined, () => moderate(name, { action: "clear" }, words.topic.cleared));
  const remove = () =>
    run(words.topic.deleted, async () => {
      await moderate(name, { action: "clear" }, "");
      if (isOwn) await ask("DELETE", `topics/${part(name)}`);
      go("topics");
    });
  const exportAs = (format: "jsonl" | "csv") =>
    run(words.common.exported, async () =>
      saveAs(
        `${name.replaceAll(":", "_")}.${format}`,
        await send("GET", `topics/${part(name)}/export?format=${format}`),
      ),
    );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>
          <a href="#/topics">{words.views.topics}</a> / <bdi dir="ltr">{name}</bdi>
        </h1>
        {!isPattern && (
          <Tools isOperator={isOperator} onExport={(format) => void exportAs(format)} onAsk={setAsked} />
        )}
      </div>
      <Trouble text={trouble} />
      {data && !rule && <p class="warning">{words.topic.noRule}</p>}
      {!isPattern && hasModes && <Modes topic={name} run={run} />}
      {!isPattern && <Messages topic={name} at={at} run={run} />}
      {rule && (
        <section aria-labelledby="rules">
          <div class="head">
            <h2 id="rules">{words.topic.rules}</h2>
            {isOwn && rule.source === "api" && (rule.file || isPattern) && (
              <button class="plain outlined" type="button" onClick={() => void reset()}>
                {rule.file ? words.topic.backToFile : words.topic.removeRule}
              </button>
            )}
          </div>
          <p class="muted">
            {isOwn
              ? rule.source === "file"
                ? words.topic.fromFile
                : words.topic.fromApi
              : words.topic.fromPattern(rule.pattern)}
          </p>
          {drawRules(rule, save)}
        </section>
      )}
      {asked === "clear" && (
        <ConfirmDialog
          title={words.topic.clear}
          name={name}
          text={words.topic.clearAbout}
          onConfirm={() => void clear()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === "delete" && (
        <ConfirmDialog
          title={words.topic.delete}
          name={name}
          text={aboutDeletion(rule, isOwn)}
          onConfirm={() => void remove()}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}
