/**
 * The life of a message: when it was stored, what it is now, who received it live and who later, on every node. The address names
 * the topic and the offset or id, so that it can be passed on.
 */
import { Fragment, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Message } from "../../src/model.ts";
import { ask, inWords, part } from "./ask.ts";
import { Trouble, When } from "./bits.tsx";
import { MessageLine } from "./message-line.tsx";
import type { ViewProps } from "./shell.tsx";
import { inList, inNumber, words } from "./speech.ts";

interface Explained {
  offset: number;
  id: string;
  user: string;
  storedAt: number;
  retained: boolean;
  traced: boolean;
  delivered?: Record<string, number>;
  resumes: { session: string; from: number; to: number; at: number }[];
}
interface Answer {
  first: number;
  top: number;
  messages: Explained[];
  node?: string;
  others?: { node: string; messages: Explained[] }[];
  silent?: string[];
}

const isOffset = (text: string): boolean => /^\d{1,15}$/.test(text);

/** The topic and the offset or id in an address like `lobby/17`; an id may hold a slash. */
export function readWanted(rest: string): { topic: string; which: string } {
  const at = rest.indexOf("/");
  return at < 0 ? { topic: rest, which: "" } : { topic: rest.slice(0, at), which: rest.slice(at + 1) };
}

/** Draws what one node knows of a message. */
function Life({ of, node }: { of: Explained; node?: string | undefined }) {
  const { delivered, resumes, traced, retained } = of;
  const live = Object.values(delivered ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <div class="card">
      <h2>
        {words.explain.offset(of.offset)}{" "}
        {node !== undefined && <span class="muted">{words.explain.onNode(node)}</span>}
      </h2>
      <dl class="facts">
        <dt>{words.explain.stored}</dt>
        <dd>
          <When at={of.storedAt} /> · <code>{of.id}</code> · <bdi>{of.user}</bdi>
        </dd>
        <dt>{words.explain.live}</dt>
        <dd>
          {delivered
            ? words.explain.sessions(live)
            : traced
              ? words.explain.nobodyThere
              : words.explain.tooOld}
        </dd>
        {resumes.length > 0 && (
          <Fragment>
            <dt>{words.explain.later}</dt>
            <dd>
              <ul>
                {resumes.map(({ session, from, to, at }) => (
                  <li key={`${session} ${at}`}>
                    <code>{session}</code> {inNumber(from)}–{inNumber(to)} · <When at={at} />
                  </li>
                ))}
              </ul>
            </dd>
          </Fragment>
        )}
      </dl>
      {!retained && <p class="muted">{words.explain.gone}</p>}
    </div>
  );
}

/** Draws the view. */
export function ExplainView({ rest, go }: ViewProps) {
  const { topic, which } = readWanted(rest);
  const [answer, setAnswer] = useState<Answer>();
  const [message, setMessage] = useState<Message>();
  const [trouble, setTrouble] = useState("");
  async function load(): Promise<void> {
    setTrouble("");
    try {
      const query = isOffset(which) ? `offset=${which}` : `id=${part(which)}`;
      const found = await ask<Answer>("GET", `topics/${part(topic)}/explain?${query}`);
      setAnswer(found);
      const offset = found.messages[0]?.offset;
      if (offset === undefined) return;
      const path = `topics/${part(topic)}/messages?after=${offset - 1}&limit=1`;
      const [now] = (await ask<{ messages: Message[] }>("GET", path)).messages;
      if (now?.offset === offset) setMessage(now);
    } catch (error) {
      setTrouble(inWords(error));
    }
  }
  useEffect(() => {
    setAnswer(undefined);
    setMessage(undefined);
    if (topic !== "" && which !== "") void load();
  }, [rest]);
  const show = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    go(`explain/${part(text("topic"))}/${part(text("which"))}`);
  };
  const lives = (answer?.others ?? []).flatMap(({ node, messages }) => messages.map((of) => ({ node, of })));
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.explain}</h1>
      </div>
      <p class="muted">{words.explain.about}</p>
      <form class="stack ask" onSubmit={show} key={rest}>
        <div>
          <label for="explain-topic">{words.explain.topic}</label>
          <input
            id="explain-topic"
            name="topic"
            required
            autocomplete="off"
            spellcheck={false}
            defaultValue={topic}
          />
        </div>
        <div>
          <label for="explain-which">{words.explain.which}</label>
          <input
            id="explain-which"
            name="which"
            required
            autocomplete="off"
            spellcheck={false}
            defaultValue={which}
          />
        </div>
        <button class="button" type="submit">
          {words.explain.show}
        </button>
      </form>
      <Trouble text={trouble} />
      {answer && (
        <div aria-live="polite">
          {answer.messages.length + lives.length === 0 && (
            <p>{isOffset(which) ? words.explain.noOffset(answer.first, answer.top) : words.explain.noId}</p>
          )}
          {message && (
            <ul class="card context">
              <MessageLine message={message}>
                {(message.edits ?? []).length > 0 && (
                  <p class="muted">{words.explain.changedBy(inList((message.edits ?? []).map(inNumber)))}</p>
                )}
              </MessageLine>
            </ul>
          )}
          {answer.messages.map((of) => (
            <Life key={of.offset} of={of} node={answer.node} />
          ))}
          {lives.map(({ node, of }) => (
            <Life key={`${node} ${of.offset}`} of={of} node={node} />
          ))}
          {(answer.silent ?? []).length > 0 && (
            <p class="muted">{words.explain.silent(inList(answer.silent ?? []))}</p>
          )}
        </div>
      )}
    </section>
  );
}
