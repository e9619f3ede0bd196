/**
 * The chunk that is loaded once the first list is shown: everything that is done with messages beyond reading them. Puts its
 * parts together and brings their styles. It shares no code with the chat: what both need comes in `Tools`.
 */
import type { ComponentChildren } from "preact";
import { createActions } from "./message/actions.tsx";
import { createAlerts } from "./attention/removal-alert.tsx";
import { createAnnouncer } from "./attention/announcer.ts";
import { bindCopying } from "./message/copying.ts";
import { createCrowd } from "./attention/busy.ts";
import css from "./extras.css";
import type { Extras, Kit, Staff, Tools } from "../chat/kit.ts";
import { createHeader } from "./header/header.tsx";
import { bindKeys } from "./attention/shortcuts.ts";
import { createMentions } from "./compose/mentions.tsx";
import { createNotes } from "./message/delivery-note.tsx";
import { createPeople } from "./header/people.tsx";
import type { TopicState } from "../client/state.ts";
import { createTall } from "./message/tall.tsx";
import { english } from "../words/later-words.ts";
import { createPins } from "./message/pins.tsx";
import { createReach } from "./message/jump.ts";
import { createTray } from "./compose/emoji-button.tsx";
import { createWriting } from "./compose/reply-edit.tsx";
import { setExtrasFactory } from "./extras-jsx.ts";

const clock = {
  now: () => Date.now(),
  after: (ms: number, run: () => void) => setTimeout(run, ms),
  cancel: (timer: ReturnType<typeof setTimeout> | undefined) => clearTimeout(timer),
};

/** Makes what one chat gets. */
export function createExtras(tools: Tools): Extras {
  const { log, state, host } = tools;
  setExtrasFactory(tools.h);
  let staff: Staff | undefined;
  let isStaffAsked = false;
  const kit: Kit = { ...tools, words: tools.strings_.words ?? english, staff: () => staff };
  tools.wear(css);

  const mentions = createMentions(kit);
  const writing = createWriting(kit, mentions.mentionsIn);
  const people = createPeople(kit);
  const tray = createTray(kit);
  const header = createHeader(kit);
  const reach = createReach(kit);
  const crowd = createCrowd(kit, clock);
  const unbind = [bindKeys(kit), bindCopying(kit)];
  const tall = createTall(kit);
  const { drawAlerts } = createAlerts(kit);
  const { drawNote } = createNotes(kit);
  const actions = createActions(kit, { writing, mentions, tray, reach, tall });
  const announcer = createAnnouncer({
    clock_: clock,
    sayCount: (count) => kit.words.manyNew(count, kit.title()),
    write(line) {
      const said = document.createElement("p");
      said.textContent = line;
      log()?.append(said);
      return () => said.remove();
    },
  });

  /** What only moderators need is loaded for them alone. */
  function drawStaff(topic: TopicState): ComponentChildren {
    if (!topic.can.moderate) return undefined;
    if (!isStaffAsked) {
      isStaffAsked = true;
      const { lang } = tools.strings_;
      // Without the words of the language moderators work in English rather than not at all.
      const loading =
        lang !== "en" &&
        import("../words/moderation-languages.ts")
          .then(({ wordsIn }) => wordsIn(lang))
          .catch(() => undefined);
      Promise.all([import("../moderation/moderation.tsx"), loading]).then(
        ([{ createStaff }, words]) => {
          staff = createStaff(kit, (english) => words || english);
          kit.refresh_();
        },
        () => {
          isStaffAsked = false;
        },
      );
    }
    return staff?.drawButton(topic);
  }

  return {
    words: kit.words,
    ...people,
    ...actions,
    drawBody_: (row, active) => [actions.drawBody_(row, active), drawNote(row)],
    drawHeader_: (topic) => [
      header.drawTabs_(),
      people.drawPeople(topic),
      drawStaff(topic),
      header.drawMenuButton(topic),
    ],
    countMentions: header.countMentions,
    mute: header.prefs.mute,
    mayDraw_: crowd.mayDraw_,
    paused: crowd.paused,
    barred_: writing.barred_,
    drawMode_: writing.drawMode_,
    ...createPins(kit, reach),
    drawTools_: () => [mentions.draw(), !host.hasAttribute("no-emoji") && tray.drawButton()],
    drawTyping_: (t) => [
      staff?.drawUndo(),
      !host.hasAttribute("no-typing") && people.drawTyping_(t),
      tray.drawPicker(),
      drawAlerts(t),
    ],
    onKey_: (event) => mentions.onKey(event) || header.isLine(event) || writing.onKey_(event),
    typed_(text) {
      if (!host.hasAttribute("no-typing")) people.typed_(text);
      mentions.typed_();
    },
    submit_: writing.submit_,
    markOf_({ message }) {
      if (message?.removed) return "deleted";
      return message?.mentions?.includes(state().me?.id ?? "") ? "mention" : undefined;
    },
    announce_(message) {
      if (header.isSaid(message)) announcer.announce_(`${message.user.name}: ${message.text}`);
    },
    stop_() {
      announcer.stop_();
      crowd.stop_();
      mentions.stop_();
      tray.stop_();
      reach.stop_();
      for (const end of unbind) end();
      tall.stop_();
      writing.stop_();
      header.stop_();
      people.stop_();
      staff?.stop_();
    },
  };
}
