/**
 * The frame of the console: the bar, the list of views, keys that work everywhere, and the line that tells what came of the last
 * action. A view is a chunk of its own, loaded when it is first opened.
 */
import { type ComponentType, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { readAddress } from "./address.ts";
import { ask, inWords } from "./ask.ts";
import { Dialog } from "./bits.tsx";
import { aboutKey, DECISIONS, TAKE_KEY } from "./decisions.ts";
import { type Hotkeys, moveAmongRows, useHotkeys } from "./hotkeys.ts";
import { usePolled } from "./polled.ts";
import { inNumber, words } from "./speech.ts";

/** What came of an action, and the action that takes it back where there is one. */
export interface Outcome {
  text: string;
  undo?: (() => Promise<unknown>) | undefined;
}

export interface ViewProps {
  /** The part of the address after the view's name, such as the name of a topic. */
  rest: string;
  /** What the view keeps in the address, such as an order. */
  query: URLSearchParams;
  /**
   * Runs an action and shows what came of it: `done`, or what the action resolves to, or why it failed. Resolves to whether it
   * was done.
   */
  run: (done: string | undefined, action: () => Promise<Outcome | unknown>) => Promise<boolean>;
  /** Opens another view. */
  go: (to: string) => void;
  /** Leaves the console: the session has ended. */
  onLeave: () => void;
  /** Whether the session has the operator's rights. A moderator's views leave out what the server would refuse. */
  isOperator: boolean;
}

interface View {
  name: keyof typeof words.views;
  /** The letter after `g`. */
  key: string;
  load: () => Promise<ComponentType<ViewProps>>;
}

const VIEWS: readonly View[] = [
  { name: "home", key: "h", load: async () => (await import("./home-view.tsx")).HomeView },
  { name: "inbox", key: "i", load: async () => (await import("./inbox-view.tsx")).InboxView },
  { name: "topics", key: "t", load: async () => (await import("./topics-view.tsx")).TopicsView },
  { name: "search", key: "f", load: async () => (await import("./search-view.tsx")).SearchView },
  { name: "people", key: "p", load: async () => (await import("./people-view.tsx")).PeopleView },
  { name: "keys", key: "k", load: async () => (await import("./keys-view.tsx")).KeysView },
  { name: "explain", key: "x", load: async () => (await import("./explain-view.tsx")).ExplainView },
  { name: "audit", key: "a", load: async () => (await import("./audit-view.tsx")).AuditView },
  { name: "settings", key: "e", load: async () => (await import("./settings-view.tsx")).SettingsView },
  { name: "start", key: "o", load: async () => (await import("./start-view.tsx")).StartView },
  { name: "sessions", key: "s", load: async () => (await import("./sessions-view.tsx")).SessionsView },
];

/** How long what came of an action is shown: time to read a sentence twice. What can be undone, and what failed, stays until the next action. */
const SAID_MS = 10_000;
/** How often the number of waiting messages is asked for. */
const COUNT_MS = 10_000;

/** The keys of every view, for the list of keys. */
function listKeys(views: readonly View[]): [keys: string, does: string][] {
  const { keys, inInbox, goTo } = words.shell;
  return [
    ["?", keys.help],
    ["j", keys.next],
    ["k", keys.previous],
    ["z", keys.undo],
    ...DECISIONS.map((decision): [string, string] => [decision.key, aboutKey(decision)]),
    ["x", inInbox(words.inbox.acts.select)],
    [TAKE_KEY, inInbox(`${words.inbox.take} / ${words.inbox.release}`)],
    ["n", keys.create],
    ["/", keys.search],
    ...views.map(({ key, name }): [string, string] => [`g ${key}`, goTo(words.views[name])]),
  ];
}

/** What moderators work with; the other views are the operator's. */
const OF_MODERATORS: readonly View["name"][] = ["inbox", "topics", "search", "people"];
const viewsFor = (isOperator: boolean): readonly View[] =>
  isOperator ? VIEWS : VIEWS.filter(({ name }) => OF_MODERATORS.includes(name));

/** The view that the address names, else the first one, with the rest of the address. */
function readPlace(views: readonly View[]): { view: View } & Pick<ViewProps, "rest" | "query"> {
  const { view: name, rest, query } = readAddress(location.hash);
  return { view: views.find((one) => one.name === name) ?? (views[0] as View), rest, query };
}

const isOutcome = (value: unknown): value is Outcome =>
  typeof value === "object" && value !== null && "text" in value;

type Shown = (Outcome & { isTrouble?: boolean }) | undefined;

/** The outcome of the last action, `run` that sets it, and what takes it back. */
function useOutcome() {
  const [outcome, setOutcome] = useState<Shown>();
  useEffect(() => {
    if (!outcome || outcome.undo || outcome.isTrouble) return;
    const timer = setTimeout(() => setOutcome(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  async function run(done: string | undefined, action: () => Promise<unknown>): Promise<boolean> {
    try {
      const result = await action();
      if (isOutcome(result)) setOutcome(result);
      else setOutcome(done === undefined ? undefined : { text: done });
      return true;
    } catch (error) {
      setOutcome({ text: inWords(error), isTrouble: true });
      return false;
    }
  }
  const undo = () => {
    const action = outcome?.undo;
    if (action) void run(words.shell.undone, async () => void (await action()));
  };
  return { outcome, setOutcome, run, undo };
}

/** Draws what came of the last action. */
const OutcomeLine = ({
  outcome,
  undo,
  onDismiss,
}: {
  outcome: Shown;
  undo: () => void;
  onDismiss: () => void;
}) => (
  <div class={`outcome${outcome?.isTrouble ? " is-trouble" : ""}`} role="status">
    {outcome && (
      <p>
        <span dir="auto">{outcome.text}</span>
        {outcome.undo && (
          <button class="plain" type="button" onClick={undo}>
            {words.shell.undo} <kbd>z</kbd>
          </button>
        )}
        <button class="plain" type="button" aria-label={words.shell.dismiss} onClick={onDismiss}>
          ✕
        </button>
      </p>
    )}
  </div>
);

/** Draws the list of keys. */
const KeyList = ({ views, onClose }: { views: readonly View[]; onClose: () => void }) => (
  <Dialog title={words.shell.shortcuts} onClose={onClose}>
    <dl class="keys">
      {listKeys(views).map(([key, does]) => (
        <div key={key}>
          <dt>
            {key.split(" ").map((one) => (
              <kbd key={one}>{one}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  </Dialog>
);

/** Draws the links to the views, with the number of messages that wait. */
function Views({ views, current }: { views: readonly View[]; current: string }) {
  const nav = useRef<HTMLElement>(null);
  const { data: inbox } = usePolled<{ count: number }>("inbox?limit=1", COUNT_MS);
  const waiting = inbox?.count ?? 0;
  useEffect(() => {
    // On a phone the links are one line that scrolls.
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav class="views" ref={nav} aria-label={words.shell.views}>
      {views.map(({ name }) => (
        <a key={name} href={`#/${name}`} {...(name === current ? { "aria-current": "page" as const } : {})}>
          {words.views[name]}
          {name === "inbox" && waiting > 0 && (
            <span class="badge is-loud">
              <span aria-hidden="true">{inNumber(waiting)}</span>
              <span class="unseen">{words.shell.waiting(waiting)}</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

/** Draws the console for a browser that is signed in. */
export function Shell({
  isOperator,
  name,
  canLeave,
  onLeave,
}: Pick<ViewProps, "isOperator" | "onLeave"> & {
  /** The name of the one who is signed in. */
  name: string | undefined;
  /** Whether signing out does anything: a proxy's user signs out there. */
  canLeave: boolean;
}) {
  const views = viewsFor(isOperator);
  const [address, setAddress] = useState(() => readPlace(views));
  const [loaded, setLoaded] = useState<{ name: string; View: ComponentType<ViewProps> }>();
  const { outcome, setOutcome, run, undo } = useOutcome();
  const [hasKeys, setHasKeys] = useState(false);
  const main = useRef<HTMLElement>(null);
  const { view, rest, query } = address;

  useEffect(() => {
    const follow = () => setAddress(readPlace(views));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    document.title = `${words.views[view.name]} · Kabar`;
    let isWanted = true;
    view.load().then(
      (View) => isWanted && setLoaded({ name: view.name, View }),
      () => isWanted && setOutcome({ text: words.shell.notLoaded, isTrouble: true }),
    );
    return () => {
      isWanted = false;
    };
  }, [view]);
  const isFirst = useRef(true);
  useEffect(() => {
    // A new view begins at its heading, for keys and screen readers; the first one leaves the focus where the browser puts it.
    if (!isFirst.current) main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    if (loaded) isFirst.current = false;
  }, [loaded]);

  const go = (to: string) => {
    location.hash = `#/${to}`;
  };
  const signOut = () =>
    run(undefined, async () => {
      await ask("DELETE", "console/sessions/own");
      onLeave();
    });
  const keys: Hotkeys = {
    "?": () => setHasKeys(true),
    j: () => moveAmongRows(main.current, 1),
    k: () => moveAmongRows(main.current, -1),
    ...Object.fromEntries(views.map(({ key, name }) => [`g ${key}`, () => go(name)])),
    ...(outcome?.undo ? { z: undo } : {}),
  };
  useHotkeys(keys);

  const View = loaded?.name === view.name ? loaded.View : undefined;
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {words.shell.skip}
      </a>
      <header class="bar">
        <a class="brand" href="./">
          Kabar
        </a>
        <span class="muted host" dir="ltr">
          {location.host}
        </span>
        <span class="tools">
          {name !== undefined && (
            <span class="muted" dir="auto">
              {name}
            </span>
          )}
          <button
            class="plain"
            type="button"
            aria-label={words.shell.shortcuts}
            title={`${words.shell.shortcuts} (?)`}
            onClick={() => setHasKeys(true)}
          >
            ?
          </button>
          {canLeave && (
            <button class="plain" type="button" onClick={() => void signOut()}>
              {words.shell.signOut}
            </button>
          )}
        </span>
      </header>
      <Views views={views} current={view.name} />
      <main id="main" ref={main} tabIndex={-1}>
        {View ? (
          <View rest={rest} query={query} run={run} go={go} onLeave={onLeave} isOperator={isOperator} />
        ) : (
          <p class="muted">{words.common.loading}</p>
        )}
      </main>
      <OutcomeLine outcome={outcome} undo={undo} onDismiss={() => setOutcome(undefined)} />
      {hasKeys && <KeyList views={views} onClose={() => setHasKeys(false)} />}
    </div>
  );
}
