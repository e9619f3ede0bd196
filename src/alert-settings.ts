/** Settings of the owner's alerts: how often, and the mail server that sends them. Rows of the table in `settings`. */
import { textLike, wholeNumber } from "./parsing.ts";
import { setting } from "./setting.ts";

/** `smtp://`, or `smtps://` for TLS from the first byte (RFC 8314), with a user and password or without. */
const SMTP_URL =
  /^(?:smtps?:\/\/(?:[^\s/?#@]*@)?(?:[A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]+\])(?::\d{1,4}|:[1-5]\d{4})?\/?)?$/;
/** An address of e-mail, with a name before it or without. A line break would begin another header. */
const SENDER = /^(?:[^\p{C}<>@]{0,100}<[^\s<>@]{1,64}@[^\s<>@]{1,255}>|[^\s<>@]{1,64}@[^\s<>@]{1,255}|)$/u;

export const ALERT_SETTINGS = {
  alertPauseS: setting(
    () => wholeNumber(1, 86_400),
    600,
    "Seconds between two alerts of a topic: somebody writes, and no moderator is there.",
  ),
  smtpUrl: setting(
    () =>
      textLike(SMTP_URL, "an address like smtp://user:password@mail.example:587, smtps://…:465, or empty"),
    "",
    "The mail server that webhooks to mailto: addresses use. Empty: none, such addresses are refused.",
    { secret: true },
  ),
  mailFrom: setting(
    () => textLike(SENDER, "an e-mail address, or a name and <address>, or empty"),
    "",
    "The sender of e-mails. Empty: the receiver's own address.",
  ),
};
