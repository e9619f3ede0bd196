/**
 * Publishes for programs: a line in front of the outbox, which holds as many messages as a person writes.
 * Passes messages on in the order of the calls. Takes a refused message out of the outbox: its caller has the error and decides.
 */
import type { Client as InnerClient } from "../client/client.ts";
import { makeId } from "../client/clock.ts";
import { ClientError, toClientError } from "./client-error.ts";
import type { OutgoingMessage, Published } from "./client-types.ts";

/** Most messages that wait in line. A program that writes faster than the server stores has to wait for its own. */
const MAX_LINE = 10_000;

interface Job {
  topic: string;
  message: OutgoingMessage & { id: string };
  resolve_: (published: Published) => void;
  reject_: (error: Error) => void;
}

export type Publisher = ReturnType<typeof createPublisher>;

/** Creates the publisher of one client. */
export function createPublisher(inner: InnerClient) {
  const line: Job[] = [];
  const sending = new Map<string, Job>();

  function advance(): void {
    for (;;) {
      const [job] = line;
      // Two unsent messages with one id would be one to the outbox: the second waits for the first.
      if (!job || inner.isFull() || sending.has(job.message.id)) return;
      line.shift();
      send(job);
    }
  }

  function send(job: Job): void {
    const { topic, message, resolve_: resolve, reject_: reject } = job;
    const { id, text, ...more } = message;
    sending.set(id, job);
    inner
      .send(topic, text, more, id)
      .then(
        ({ offset }) => {
          // A held message's fate arrives as an event; sending it again would not tell more.
          if (offset === 0) inner.keeper.removeUnsent(id);
          resolve({ topic, id, offset, held: offset === 0 });
        },
        (error: unknown) => {
          inner.discard(id, topic);
          reject(toClientError(error, topic));
        },
      )
      .finally(() => {
        sending.delete(id);
        advance();
      });
  }

  return {
    /** Resolves when the server has the message. */
    publish_: (topic: string, message: OutgoingMessage): Promise<Published> =>
      new Promise((resolve, reject) => {
        if (line.length >= MAX_LINE)
          return reject(new ClientError("too-many-unsent", undefined, { retry: true, topic }));
        line.push({
          topic,
          message: { ...message, id: message.id ?? makeId() },
          resolve_: resolve,
          reject_: reject,
        });
        advance();
      }),
    /** Ends every waiting publish. Messages that storage keeps are sent by the next client, unless `forget`. */
    fail_(error: Error, forget: boolean): boolean {
      const jobs = [...sending.values(), ...line.splice(0)];
      for (const { reject_: reject, topic, message } of jobs) {
        reject(error);
        if (forget) inner.discard(message.id, topic);
      }
      return jobs.length > 0;
    },
  };
}
