/**
 * Entry of the chunk `extras`, loaded once the first list is shown: everything beyond reading and sending messages. Creates
 * the parts of one chat, connects them and brings their styles. It shares no code with the core: `Tools` holds what both need.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../src/model.ts";
import type { Extras, Kit, ModerationParts, Tools } from "../chat/kit.ts";
import type { MessageRow } from "../chat/rows.ts";
import type { TopicState } from "../client/state.ts";
import { english } from "../words/later-words.ts";
import { createAnnouncer } from "./attention/announcer.ts";
import { createBusyTopic } from "./attention/busy.ts";
import { watchLongLoss } from "./attention/long-loss.ts";
import { createRemovalAlert } from "./attention/removal-alert.tsx";
import { bindShortcuts } from "./attention/shortcuts.ts";
import { createFace, drawGlyph } from "./compose/face.tsx";
import { createEmojiButton } from "./compose/emoji-button.tsx";
import { createFieldHeight } from "./compose/field-height.ts";
import { insertInto } from "./compose/insertion.ts";
import { createMentions } from "./compose/mentions.tsx";
import { createReplyEdit } from "./compose/reply-edit.tsx";
import { setExtrasFactory } from "./extras-jsx.ts";
import css from "./extras.css";
import { createHeader } from "./header/header.tsx";
import { bindPanelWays } from "./header/panel-ways.ts";
import { createPeople } from "./header/people.tsx";
import { createSubtitle } from "./header/subtitle.tsx";
import { createActions } from "./message/actions.tsx";
import { bindGrown, isOfGrowth } from "./message/grown.ts";
import { bindCopying } from "./message/copying.ts";
import { createDeliveryNotes } from "./message/delivery-note.tsx";
import { createDistantMessages } from "./message/distant-messages.ts";
import { createEphemeral } from "./message/ephemeral.ts";
import { createJump } from "./message/jump.ts";
import { createListKeys } from "./message/list-keys.ts";
import { createPins } from "./message/pins.tsx";
import { bindPointing } from "./message/pointing.ts";
import { bindPrinting } from "./message/printing.ts";
import { sayRefusal } from "./message/refusals.ts";
import { bindReactionTip } from "./message/reaction-tip.ts";
import { isUrgent } from "./message/structured.tsx";
import { createFolding } from "./message/tall.tsx";
import { bindTouch } from "./message/touch.ts";

/** Creates the lazily loaded moderation of one chat: its chunk is loaded when the user first has the right to moderate. */
function createModerationLoader(kit: Kit) {
  let parts: ModerationParts | undefined;
  let isRequested = false;

  async function load(): Promise<void> {
    const { lang } = kit.strings_;
    // Without the words of the language, moderators work in English rather than not at all.
    const words =
      lang !== "en" &&
      import("../words/moderation-languages.ts").then(({ wordsIn }) => wordsIn(lang)).catch(() => undefined);
    const { createModeration } = await import("../moderation/moderation.tsx");
    const translated = await words;
    parts = createModeration(kit, (english) => translated || english);
    kit.refresh_();
  }
  return {
    loaded: () => parts,
    drawButton(topic: TopicState): ComponentChildren {
      if (!topic.can.moderate) return undefined;
      if (!isRequested) {
        isRequested = true;
        load().catch(() => {
          isRequested = false;
        });
      }
      return parts?.drawButton(topic);
    },
  };
}

const fieldOf = (root: HTMLElement) => root.querySelector<HTMLTextAreaElement>("[part=input]");

/** Creates the extras of one chat. */
export function createExtras(tools: Tools): Extras {
  const { client, clock_: clock, log, host, showNotice_: showNotice } = tools;
  setExtrasFactory(tools.h);
  tools.wear(css);
  const words = tools.strings_.words ?? english;
  const kit: Kit = {
    ...tools,
    words,
    showFailure_({ message, code = "" }: Error & { code?: string }) {
      const failed = () => words.failed(message === "connection-lost" ? "" : message);
      showNotice(sayRefusal({ ...tools, words }, code) ?? failed());
    },
    moderation: () => moderation.loaded(),
    insert(text, from, to) {
      const field = fieldOf(tools.root);
      if (field) insertInto(field, text, from, to);
    },
  };
  const moderation = createModerationLoader(kit);
  const mentions = createMentions(kit);
  const replyEdit = createReplyEdit(kit, mentions.mentionsIn);
  const people = createPeople(kit);
  const { drawFace_, drawNaming } = createFace(kit);
  const emojiButton = createEmojiButton(kit);
  const { jump, stop_: stopJump } = createJump(kit);
  const header = createHeader(kit, jump);
  const fieldHeight = createFieldHeight(kit);
  const subtitle = createSubtitle(kit);
  const distant = createDistantMessages(kit, clock);
  const busyTopic = createBusyTopic(kit, clock);
  const folding = createFolding(kit);
  const { drawRemovalAlert } = createRemovalAlert(kit);
  const actions = createActions(kit, { replyEdit, mentions, emojiButton, distant, jump, folding });
  const onListKey = createListKeys(kit);
  function rowClass({ message }: MessageRow): string | undefined {
    if (message?.removed) return "deleted";
    if (!message) return undefined;
    if (header.mentionsMe(message)) return "mention";
    if (isUrgent(message)) return "urgent";
    return busyTopic.isDense(message) ? "dense" : undefined;
  }
  const glyph = ({ name, role }: MessageRow): ComponentChildren => role === "guest" && drawGlyph(name);
  /** Tells a guest once that the browser blocks storage. */
  function hintAtStorage(): void {
    if (client.keeper.takeBlocked()) showNotice(words.newGuest);
  }
  hintAtStorage();
  const unbind = [
    client.listen(hintAtStorage),
    watchLongLoss({
      client,
      clock,
      diagnose: async (topic) => (await import("../page/diagnosis.ts")).diagnose(tools.server, topic),
    }),
    bindShortcuts(kit),
    bindCopying(kit),
    bindPrinting(kit),
    bindPointing(kit),
    bindReactionTip(kit),
    bindPanelWays(kit),
    bindTouch(kit, {
      showSheet: actions.showSheet,
      canReply: ({ message }) =>
        !!kit.topic()?.can.write && !!message && !message.removed && !message.ephemeral,
      reply: ({ message }) => message && replyEdit.reply(message),
    }),
  ];
  const announcer = createAnnouncer({
    clock_: clock,
    sayCount: (count) => words.manyNew(count, kit.title()),
    write(line) {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      log()?.append(paragraph);
      return () => paragraph.remove();
    },
  });

  const { drawNote, stop_: stopNotes } = createDeliveryNotes(kit, announcer.announce_);
  function announce(message: Message): void {
    const { user, title, text } = message;
    const line = title === undefined ? text : `${title} – ${text}`;
    if (header.isAnnounced(message)) announcer.announce_(`${user.name}: ${line}`);
  }
  const ephemeral = createEphemeral(kit, announce);
  unbind.push(bindGrown(kit, announce));
  if (header.preferences.get("push") !== "off")
    void import("../push/push.ts").then(({ watchPush }) => unbind.push(watchPush(kit))).catch(() => {});

  return {
    words,
    weave_: ephemeral.weave_,
    changes_: (row) =>
      "text" in row && (!!row.state || !!rowClass(row) || actions.hasMore(row) || (row.head && !!glyph(row))),
    glyph_: glyph,
    drawFace_,
    drawBody_: (row, active) => [
      ...actions.drawText(row, active),
      actions.drawBelow(row, active),
      drawNote(row),
    ],
    onListKey_(event) {
      const row = tools.timeline_()?.rowAt_(event.target as Element);
      if (row && "text" in row) actions.onRowKey(event, row);
      if (!event.defaultPrevented) onListKey(event);
    },
    drawHeader_: (topic) => [
      header.drawTabs(),
      subtitle.drawSubtitle(topic),
      people.drawPeople(topic),
      moderation.drawButton(topic),
      header.drawMenuButton(topic),
    ],
    countMentions: header.countMentions,
    mute: header.preferences.mute,
    mayDraw_: busyTopic.mayDraw_,
    pausedLabel_: busyTopic.pausedLabel_,
    closedReason_: replyEdit.closedReason_,
    drawMode_: (topic) => [drawNaming(), replyEdit.drawMode_(topic)],
    ...createPins(kit, distant, jump),
    drawTools_() {
      // Once the field is in the page.
      queueMicrotask(() => fieldHeight.look(fieldOf(tools.root)));
      return [mentions.draw(), !host.hasAttribute("no-emoji") && emojiButton.drawButton()];
    },
    drawTyping_: (topic) => [
      kit.moderation()?.drawUndo(),
      !host.hasAttribute("no-typing") && people.drawTyping(topic),
      emojiButton.drawPicker(),
      drawRemovalAlert(topic),
    ],
    onKey_: (event) => mentions.onKey(event) || header.isNewLine(event) || replyEdit.onKey_(event),
    type_(text) {
      const field = fieldOf(tools.root);
      if (!field?.matches(":focus")) return false;
      insertInto(field, text, 0, field.value.length);
      return true;
    },
    onDraft_(text) {
      if (!host.hasAttribute("no-typing")) people.sendTyping(text);
      mentions.update_();
    },
    submit_: replyEdit.submit_,
    rowClass_: rowClass,
    announce_: (message) => !isOfGrowth(message) && announce(message),
    stop_() {
      const parts = [
        announcer,
        busyTopic,
        ephemeral,
        actions,
        mentions,
        emojiButton,
        fieldHeight,
        distant,
        folding,
        replyEdit,
        header,
        subtitle,
        people,
      ];
      for (const { stop_: stop } of parts) stop();
      for (const end of unbind) end();
      stopJump();
      stopNotes();
      kit.moderation()?.stop_();
    },
  };
}
