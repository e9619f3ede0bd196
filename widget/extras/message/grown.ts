/**
 * Announces a growing message to screen readers: once, at its end. Its begin and what it grows by are silent.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";

/** Messages that were read out: two chats of one topic read a message out once. */
const announced = new WeakSet<Message>();

/**
 * Whether a message grows. Its end comes as an edit, which the client applies before it knows of growing messages: nobody can edit one
 * that grows, so a message with both marks has ended.
 */
export const isGrowing = ({ growing, edited }: Message): boolean =>
  growing !== undefined && edited === undefined;

/** When a message was edited; undefined for one that has grown, and was not. */
export const editedAt = (message: Message | undefined): number | undefined =>
  message && isOfGrowth(message) ? undefined : message?.edited;

/** Whether a message grows, or has grown. */
export const isOfGrowth = ({ growing, done }: Message): boolean =>
  growing !== undefined || done !== undefined;

/** Listens for the ends of growing messages; returns the function that stops listening. */
export const bindGrown = ({ client, root, topic: now }: Kit, announce: (message: Message) => void) =>
  client.listen((notice) => {
    if (notice.type !== "message" || !isOfGrowth(notice.message)) return;
    const { message, topic, mine, historical } = notice;
    if (mine || historical || root.hidden || topic !== now()?.topic || announced.has(message)) return;
    announced.add(message);
    announce(message);
  });
