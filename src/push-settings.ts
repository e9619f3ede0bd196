/** Settings of push messages. Rows of the table in `settings`. */
import { oneOf, textLike, wholeNumber, yesOrNo } from "./parsing.ts";
import { type Setting, setting } from "./setting.ts";

export const PUSH_SETTINGS = {
  push: setting(() => yesOrNo(), true, "Whether guests and users may have push messages on their devices."),
  pushContact: setting(
    () =>
      textLike(
        /^((mailto:|https:\/\/)[!-~]{1,200})?$/,
        "an address that begins with mailto: or https://, or empty",
      ),
    "",
    "How push services reach you, in every request to them; Apple wants a real one. Empty: public_url.",
  ),
  pushPayload: setting(
    () => oneOf(["text", "none"]),
    "text",
    "text: a push message has the author and the beginning of the text, encrypted for the device. none: it only says that there is a new message.",
  ),
  pushWaitMs: setting(
    () => wholeNumber(0, 600_000),
    2000,
    "How long a push message waits, because its reader may be here: a page that loads again, a message that is read at once.",
  ),
  pushEveryS: setting(
    () => wholeNumber(0, 86_400),
    60,
    "Seconds between two push messages of one topic to one device; what comes meanwhile is counted in the next one.",
  ),
  pushDevices: setting(
    () => wholeNumber(1, 1_000_000),
    10_000,
    "Devices of all users together that may have push messages; each takes a kilobyte of memory.",
  ),
  pushAllowPrivate: setting(
    () => yesOrNo(),
    false,
    "Whether visitors may name push services at private addresses, other ports and without TLS: for tests. Never where the server is public.",
  ),
} satisfies Record<string, Setting>;
