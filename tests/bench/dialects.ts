/**
 * Dialects of the servers: the request, the frames that join a topic, the confirmation, and publishing a text. One row
 * a protocol; a new peer that speaks a known protocol needs no code here.
 */

export interface Dialect {
  /** The HTTP request, head only. */
  request(port: number, topic: string): string;
  /** Text frames sent when the server has answered the request. */
  join(topic: string): string[];
  /** Joined when this was received; empty: with the answer to the request. */
  joinedMark: string;
  /** The text frame that publishes. Absent where one can't publish. */
  publish?(topic: string, text: string, sequence: number, publisher: number): string;
}

const upgrade = (port: number, path: string, more = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`;

const get = (port: number, path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`;

/** Message ids must not repeat across runs against one server. */
const run = Math.random().toString(36).slice(2, 8);

const kabarPublish = (topic: string, text: string, sequence: number, publisher: number): string =>
  `{"type":"publish","id":${sequence},"topic":"${topic}","messageId":"${run}-${publisher}-${sequence}","text":"${text}"}`;

const kabar = (subscribe: (topic: string) => string[], joinedMark: string): Dialect => ({
  request: (port) => upgrade(port, "/websocket", "Sec-WebSocket-Protocol: kabar.v1\r\n"),
  join: (topic) => ['{"type":"hello","id":"h"}', ...subscribe(topic)],
  joinedMark,
  publish: kabarPublish,
});

export const DIALECTS = {
  /** A hub of bare frames: the topic is in the address, a text frame is a message. */
  hub: {
    request: (port, topic) => upgrade(port, `/?topic=${topic}`),
    join: () => [],
    joinedMark: "",
    publish: (_, text) => text,
  },
  "hub-sse": {
    request: (port, topic) => get(port, `/events?topic=${topic}`),
    join: () => [],
    joinedMark: "",
  },
  kabar: kabar((topic) => [`{"type":"subscribe","id":"s","topic":"${topic}"}`], '"id":"s","topic"'),
  "kabar-people": kabar(
    (topic) => [`{"type":"subscribe","id":"s","topic":"${topic}","people":true}`],
    '"id":"s","topic"',
  ),
  /** Says hello and subscribes to nothing. */
  "kabar-quiet": kabar(() => [], '"id":"h"'),
  "kabar-plain": {
    request: (port, topic) => upgrade(port, `/websocket?topic=${topic}`),
    join: () => [],
    joinedMark: "",
    publish: (_, text) => text,
  },
  "kabar-sse": {
    request: (port, topic) => get(port, `/api/topics/${topic}/events`),
    join: () => [],
    joinedMark: "retry:",
  },
  "socket.io": {
    request: (port, topic) => upgrade(port, `/socket.io/?EIO=4&transport=websocket&topic=${topic}`),
    join: () => ["40"],
    joinedMark: "40{",
    publish: (_, text) => `42["m","${text}"]`,
  },
  centrifugo: {
    request: (port) => upgrade(port, "/connection/websocket"),
    join: (topic) => ['{"id":1,"connect":{}}', `{"id":2,"subscribe":{"channel":"${topic}"}}`],
    joinedMark: '"id":2',
    publish: (topic, text, sequence) =>
      `{"id":${sequence + 3},"publish":{"channel":"${topic}","data":"${text}"}}`,
  },
  nchan: {
    request: (port, topic) => upgrade(port, `/pubsub/${topic}`),
    join: () => [],
    joinedMark: "",
    publish: (_, text) => text,
  },
  "nchan-sse": { request: (port, topic) => get(port, `/events/${topic}`), join: () => [], joinedMark: "" },
} satisfies Record<string, Dialect>;

export type DialectName = keyof typeof DIALECTS;

/** The dialect by its name. */
export const dialectOf = (name: DialectName): Dialect => DIALECTS[name];
