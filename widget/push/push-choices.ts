/**
 * Choices about push messages in the settings: which messages of the topic reach this device while the page is closed, and at
 * which hours none does. What the browser refuses gets a sentence.
 */
import type { PushMode, QuietHours } from "../../src/model.ts";
import type { Kit } from "../chat/kit.ts";
import type { SettingsWords } from "../words/settings-words.ts";
import { canPush, PushRefused, pushState, setPush } from "./push-device.ts";
import { watchPush } from "./push-here.ts";

export interface PushChoicesOptions {
  kit: Kit;
  words: SettingsWords;
  /** Shows why a choice failed; empty for nothing. */
  showProblem: (text: string) => void;
  /** Called with what was chosen, so that the page knows at its next visit. */
  onChoice: (mode: PushMode) => void;
}

const MODES = { none: "off", mentions: "mentions", all: "all" } as const;
/** Quiet hours that a user who turns them on begins with. */
const NIGHT = { from: "22:00", to: "07:00" };

/** Numbers the groups of radio buttons, whose names must differ in a page. */
let groups = 0;

function make<K extends keyof HTMLElementTagNameMap>(tag: K, ...children: (Node | string)[]) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

/** Draws the choices; undefined where the browser has no push messages. */
export function drawPush({ kit, words, showProblem, onChoice }: PushChoicesOptions): HTMLElement | undefined {
  if (!canPush()) return undefined;
  const name = `kabar-push-${++groups}`;
  let mode: PushMode = "none";
  let quiet: QuietHours | undefined;

  const group = make("fieldset", make("legend", words.push));
  const boxes = (Object.keys(MODES) as PushMode[]).map((value) => {
    const box = Object.assign(make("input"), { type: "radio", name, value });
    box.onchange = () => void choose(value, undefined);
    group.append(make("label", box, make("span", words[MODES[value]])));
    return box;
  });
  const night = Object.assign(make("input"), { type: "checkbox" });
  night.role = "switch";
  const [from, to] = (["from", "to"] as const).map((end) => {
    const time = Object.assign(make("input"), { type: "time", required: true });
    time.onchange = () => time.value && void choose(mode, hours());
    time.ariaLabel = words[end];
    return time;
  }) as [HTMLInputElement, HTMLInputElement];
  night.onchange = () => void choose(mode, night.checked ? hours() : null);
  const nightRow = make("label", make("span", words.quiet), night);
  nightRow.className = "switch";
  const times = make("div", from, "–", to);
  times.className = "hours";

  function hours(): QuietHours {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return { from: from.value || NIGHT.from, to: to.value || NIGHT.to, zone };
  }
  function draw(): void {
    for (const box of boxes) box.checked = box.value === mode;
    night.checked = !!quiet;
    from.value = quiet?.from ?? NIGHT.from;
    to.value = quiet?.to ?? NIGHT.to;
    nightRow.hidden = mode === "none";
    times.hidden = nightRow.hidden || !quiet;
  }
  async function choose(wanted: PushMode, hoursWanted: QuietHours | null | undefined): Promise<void> {
    showProblem("");
    try {
      ({ mode, quiet } = await setPush(kit, wanted, hoursWanted));
      onChoice(mode);
      if (mode !== "none") watchPush(kit);
    } catch (error) {
      showProblem(error instanceof PushRefused ? words[error.reason_] : (error as Error).message);
    }
    draw();
  }
  draw();
  void pushState(kit)
    .then((state) => {
      if (state) ({ mode, quiet } = state);
      draw();
    })
    .catch(() => undefined);
  return make("div", group, nightRow, times);
}
