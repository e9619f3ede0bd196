/**
 * Webhooks to `mailto:` addresses: an event becomes an e-mail in plain text, over the owner's mail server. A receiver is one
 * address without further fields (RFC 6068); what a visitor wrote reaches the text and the subject only.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { presentFields } from "../optional-fields.ts";
import type { FeedEvent } from "./feed-events.ts";
import type { FeedKind } from "./feed-log.ts";
import type { HookAnswer, SendHook } from "./hook-request.ts";

/** Events that are worth an e-mail. */
export const MAIL_KINDS: readonly FeedKind[] = ["alert", "held", "reported"];

const SCHEME = "mailto:";
const RECEIVER = /^mailto:[^\s<>@,;:?&%"()]{1,64}@[A-Za-z0-9.-]{1,255}$/;
/** Characters of a message that an e-mail shows. */
const MAX_TEXT_CHARS = 2000;
const MAX_NAME_CHARS = 60;
/** A mail server that answers to nobody but this machine. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether the address of a webhook is one of e-mail. */
export const isMail = (url: string): boolean => url.toLowerCase().startsWith(SCHEME);

/** Checks a receiver of e-mail and the kinds that it wants; `alert` by default. Throws `bad-request`. */
export function requireMail(
  url: string,
  kinds: readonly FeedKind[],
  { smtpUrl }: Pick<Config, "smtpUrl">,
): { url: string; kinds: FeedKind[] } {
  if (smtpUrl === "") throw new KabarError("bad-request", "url: set smtp_url to send e-mail.");
  const address = SCHEME + url.slice(SCHEME.length);
  if (!RECEIVER.test(address))
    throw new KabarError("bad-request", "url: must be mailto: and one address, without further fields.");
  const odd = kinds.find((kind) => !MAIL_KINDS.includes(kind));
  if (odd !== undefined)
    throw new KabarError("bad-request", `kinds: an e-mail can tell of ${MAIL_KINDS.join(", ")}.`);
  return { url: address, kinds: kinds.length > 0 ? [...kinds] : ["alert"] };
}

/** One line of bounded length: a control character would end it. */
const oneLine = (text: string, chars: number): string =>
  text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    .slice(0, chars);

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The subject and text of the e-mail about an event. `address` is the server's own, empty where it is not known. */
export function composeMail(
  { type, topic, data }: FeedEvent,
  address: string,
): { subject: string; text: string } {
  if (type === "test")
    return { subject: "Kabar can send e-mail", text: "This is the test that you asked for.\n" };
  const { text, user, gone, offset, target, why, byName } = data;
  const writer = oneLine(
    textOf((user as { name?: unknown } | undefined)?.name) || "Somebody",
    MAX_NAME_CHARS,
  );
  const reporter = oneLine(textOf(byName) || "Somebody", MAX_NAME_CHARS);
  const subject = {
    held: `${topic}: a message of ${writer} waits for review`,
    reported: `${topic}: ${reporter} reported a message`,
  }[type as "held" | "reported"];
  const words = gone ? "(The message is gone.)" : textOf(text) || textOf(why);
  const at = Number(offset ?? target ?? 0);
  const page = address === "" ? [] : [`${address}/t/${topic}${at > 0 ? `?at=${at}` : ""}`];
  const desk = address === "" || type === "alert" ? [] : [`${address}/console`];
  return {
    subject: subject ?? `${topic}: ${writer} writes, and no moderator is there`,
    text: [words.slice(0, MAX_TEXT_CHARS), "", ...page, ...desk].join("\n"),
  };
}

/** What went wrong, without the address and the password of the mail server. */
function answerOf(error: unknown, ms: number): HookAnswer {
  const { responseCode: status, code } = error as { responseCode?: number; code?: unknown };
  // nodemailer names failures of the connection; a refusal has the server's own reply code.
  return presentFields({ status, error: typeof code === "string" ? code : "failed", ms });
}

/** Creates the function that sends e-mail in place of a request. The status is the mail server's reply code (RFC 5321). */
export function createMailer({
  smtpUrl,
  mailFrom,
  publicUrl,
  hooksTimeoutMs,
}: Pick<Config, "smtpUrl" | "mailFrom" | "publicUrl" | "hooksTimeoutMs">): SendHook {
  return async (url, body, _, ended) => {
    const startedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAt);
    const event = JSON.parse(body) as FeedEvent;
    const receiver = url.slice(SCHEME.length);
    const ending = AbortSignal.any([ended, AbortSignal.timeout(hooksTimeoutMs)]);
    let close = (): void => undefined;
    try {
      const { createTransport } = await import("nodemailer");
      const server = new URL(smtpUrl);
      const transport = createTransport({
        url: smtpUrl,
        // A password never travels in the clear.
        requireTLS: server.protocol === "smtp:" && server.username !== "" && !LOOPBACK.test(server.hostname),
        connectionTimeout: hooksTimeoutMs,
        greetingTimeout: hooksTimeoutMs,
        socketTimeout: hooksTimeoutMs,
      });
      close = () => transport.close();
      const sent = transport.sendMail({
        from: mailFrom || receiver,
        to: receiver,
        ...composeMail(event, publicUrl),
        // The same for every attempt: a mailbox can tell that it has the e-mail.
        messageId: `<${event.id}@kabar.invalid>`,
        // RFC 3834: no program answers to it.
        headers: { "Auto-Submitted": "auto-generated" },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const late = new Promise<never>((_, reject) =>
        ending.addEventListener("abort", () =>
          reject(Object.assign(new Error(), { code: "no answer in time" })),
        ),
      );
      const { response } = await Promise.race([sent, late]);
      return { status: Number(/^\d{3}/.exec(response)?.[0] ?? 250), ms: elapsed() };
    } catch (error) {
      return answerOf(error, elapsed());
    } finally {
      close();
    }
  };
}
