/** A receiver of webhooks over a real socket, which checks each signature with the library of Standard Webhooks. */
import { Webhook } from "standardwebhooks";
import type { FeedEvent } from "../../src/hooks/feed-events.ts";
import { until } from "./until.ts";

/** What a receiver does with an event: a status, or a promise that never resolves for no answer. */
export type Behaviour = (event: FeedEvent, count: number) => number | Promise<number>;

/** Starts a receiver. `accepted` has the events that were stored, in order; `repeats` the ids that came again. */
export function startReceiver(behaviour: Behaviour = () => 204, port = 0) {
  const accepted: FeedEvent[] = [];
  const ids = new Set<string>();
  const repeats: string[] = [];
  const wrong: string[] = [];
  let count = 0;
  let secret: string | undefined;
  let act = behaviour;
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = await request.text();
      const event = JSON.parse(body) as FeedEvent;
      try {
        if (secret) new Webhook(secret).verify(body, request.headers.toJSON());
      } catch (error) {
        wrong.push(String(error));
      }
      const status = await act(event, ++count);
      // One that lies answers 5xx after it has stored the event: 599 here.
      if (status < 300 || status === 599) {
        if (ids.has(event.id)) repeats.push(event.id);
        else accepted.push(event);
        ids.add(event.id);
      }
      return new Response(null, { status: status === 599 ? 500 : status });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/hook?secret=of-the-address`,
    port: server.port,
    accepted,
    repeats,
    /** Signatures that were wrong. */
    wrong,
    count: () => count,
    verify(wanted: string): void {
      secret = wanted;
    },
    behave(next: Behaviour): void {
      act = next;
    },
    texts: (): unknown[] => accepted.filter(({ type }) => type === "message").map(({ data }) => data.text),
    stop: () => server.stop(true),
    /** Resolves when so many different events have arrived. */
    has: (events: number) => until(`${events} events`, () => accepted.length >= events),
  };
}
