/**
 * Cases of the desk: a held message, the reports of a message, a sanction. Each is a line with its author, its text and
 * the buttons that decide it.
 */
import type { ComponentChildren } from "preact";
import type { HeldMessage, Queue, Report } from "../../src/model.ts";
import type { Times } from "../chat/dates.ts";
import type { Acts, DeskAct } from "./acts.tsx";
import { drawButton } from "./moderation-controls.tsx";
import { h } from "./moderation-jsx.ts";
import type { FirstAction, UserMenu } from "./user-menu.tsx";

const DAY_MS = 86_400_000;

/** The functions of the desk that its cases call. */
export interface CaseOptions {
  words: Acts["words"];
  times_: Times;
  drawUserMenu_: UserMenu["drawUserMenu_"];
  /** Returns the sanctions of a user: `mute`, `ban`, `shadow`. */
  sanctionsOn_: (userId: string) => string[];
  /** Runs the action that decides a case. */
  decide: (key: string, fields: DeskAct, name?: string) => void;
  isExpanded_: (key: string) => boolean;
  /** Opens or closes the menu of a case. */
  toggleMenu_: (key: string) => void;
}

/** Keys of the cases, unique within a queue. */
export const keyOfHeld = ({ user, messageId }: HeldMessage): string => `held ${user.id} ${messageId}`;
export const keyOfReport = ({ offset }: Report): string => `report ${offset}`;
export const keyOfSanction = ({ kind, user }: Queue["sentences"][number]): string => `${kind} ${user}`;

const drawCase = (key: string, ...content: ComponentChildren[]) => (
  <li key={key} data-case={key}>
    {content}
  </li>
);
const drawByline = (name: string, ...more: ComponentChildren[]) => (
  <div class="by">
    <bdi part="author">{name}</bdi>
    {more}
  </div>
);
const drawText = (text: string) => (
  <p class="text" dir="auto" lang="">
    {text}
  </p>
);

/** Creates the cases of one desk. */
export function createCases(options: CaseOptions) {
  const { words, times_: times, drawUserMenu_: drawUserMenu, sanctionsOn_: sanctionsOn } = options;
  const { decide, isExpanded_: isExpanded, toggleMenu_: toggleMenu } = options;

  const drawTime = (at: number) => {
    const isRecent = Date.now() - at < DAY_MS;
    return (
      <time dateTime={new Date(at).toISOString()} title={times.full_(at)}>
        {isRecent ? times.clock_(at) : times.full_(at)}
      </time>
    );
  };
  const drawMenu = (key: string, user: { id: string; name: string }, first?: FirstAction) =>
    isExpanded(key) && (
      <div class="layer moderate" role="group" aria-label={words.person(user.name)}>
        {drawUserMenu(user, sanctionsOn(user.id), () => toggleMenu(key), first)}
      </div>
    );

  return {
    drawHeld_(held: HeldMessage): ComponentChildren {
      const key = keyOfHeld(held);
      const { user, messageId, heldFor } = held;
      const { name } = user;
      const rule = heldFor !== "review" && <span class="tag">{words.heldFor[heldFor]}</span>;
      const run = (action: "approve" | "reject") => () =>
        decide(key, { action, user: user.id, messageId }, name);
      return drawCase(
        key,
        drawByline(name, rule, drawTime(held.at)),
        drawText(held.text),
        drawButton(words.approve, run("approve"), `${words.approve}, ${name}`),
        drawButton(`${words.reject}…`, () => toggleMenu(key), `${words.reject}, ${name}`, isExpanded(key)),
        drawMenu(key, user, { label: words.reject, run: run("reject") }),
      );
    },
    /** Draws all reports of one message. */
    drawReports_(reports: readonly Report[]): ComponentChildren {
      const [first] = reports;
      if (!first) return undefined;
      const { offset, message } = first;
      const key = keyOfReport(first);
      const author = message?.user;
      const text = message && !message.removed ? message.text : undefined;
      const decideBy = (action: "remove" | "dismiss") => () => decide(key, { action, target: offset });
      return drawCase(
        key,
        author && drawByline(author.name, drawTime(message.at)),
        text === undefined ? (
          <p>
            <em>{words.goneMessage}</em>
          </p>
        ) : (
          drawText(text)
        ),
        <ul class="reporters" aria-label={words.reports}>
          {reports.map(({ by, byName, why }) => (
            <li key={by} dir="auto">
              {words.reported(byName ?? by, why ?? "")}
            </li>
          ))}
        </ul>,
        text !== undefined && drawButton(words.remove, decideBy("remove")),
        drawButton(words.dismiss, decideBy("dismiss")),
        author && drawButton("⋯", () => toggleMenu(key), words.person(author.name), isExpanded(key)),
        author && drawMenu(key, author),
      );
    },
    drawSanction_(sanction: Queue["sentences"][number]): ComponentChildren {
      const { user, name = user, kind, until, why } = sanction;
      const key = keyOfSanction(sanction);
      const isShadow = kind === "shadow";
      const label = isShadow ? words.unhide : words.lift;
      const lift = () =>
        decide(key, isShadow ? { action: "shadow", user, on: false } : { action: "unban", user }, name);
      const when = until ? words.until(times.full_(until)) : "";
      return drawCase(
        key,
        drawByline(name, <span>{`${words.kinds[kind]}${when}`}</span>),
        why && drawText(why),
        drawButton(label, lift, `${label}, ${name}`),
      );
    },
  };
}
