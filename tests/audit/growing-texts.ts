/** The texts of growing messages that a reader of an audit keeps, by the events that it receives, and the judgement at the end. */
import type { Message } from "../../src/model.ts";
import type { AppendEvent } from "../../src/protocol.ts";
import { type View, viewOf } from "./growing-book.ts";
import type { Actor, World } from "./world.ts";

export type Texts = ReturnType<typeof createTexts>;

/** Makes an empty set of texts. */
export function createTexts(world: World, name: string) {
  const views = new Map<string, View>();
  const ids = new Map<number, string>();

  function keep(view: View): void {
    views.set(view.id, view);
    world.growing.shown(name, view);
  }

  function take(entry: Message): void {
    if (entry.target === undefined) {
      ids.set(entry.offset, entry.id);
      keep(viewOf(entry));
      return;
    }
    const id = ids.get(entry.target);
    if (id !== undefined && entry.done !== undefined) keep({ ...viewOf(entry), id });
  }

  return {
    views,
    take,
    /** The log is another one. */
    forget(): void {
      views.clear();
      ids.clear();
    },
    append({ target, after, sequence, text }: AppendEvent): void {
      const view = views.get(ids.get(target) ?? "");
      if (!view || view.isDone || sequence <= view.sequence) return;
      if (view.sequence === after) {
        world.findings.add("appends shown");
        keep({ ...view, text: view.text + text, sequence });
      } else world.findings.add("appends missed until the end");
    },
  };
}

/** When a reader has every message that has ended, and what it lacks. */
export const finishTexts = (
  { growing, findings }: World,
  name: string,
  { views }: Texts,
): Pick<Actor, "isDone" | "finish" | "describe"> => ({
  isDone: () => growing.missing(views).length === 0,
  finish() {
    for (const id of growing.missing(views)) {
      const { sequence } = views.get(id) ?? {};
      const holds = sequence === undefined ? "does not have it" : `holds ${sequence} appends`;
      findings.violate("growing", `${name}: ${id} has ended, the reader ${holds}`, "lost");
    }
  },
  describe: () => `${name} lacks ${growing.missing(views).join(", ")}`,
});
