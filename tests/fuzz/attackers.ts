/**
 * The jobs of an attack: each opens a connection, sends its cases, and compares what the server does with what is right.
 * A job reports how many cases it was and, in a sentence, what was wrong.
 */
import type { Random } from "../audit/random.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import { PROTOCOL } from "../../src/protocol.ts";
import { FRAME_CASES } from "./broken-frames.ts";
import { FUZZ_TOPICS, makeCommand, makeLine } from "./commands.ts";
import { frame, OP, readFrame, type Received, upgrade } from "./frames.ts";
import { HALVES, makeBrokenRequest, makeOddRequest, readAnswer, type RequestCase } from "./requests.ts";
import { Wire } from "./wire.ts";

/** What a job needs to know and to tell. */
export interface Attack {
  port: number;
  /** Counts cases of a kind. */
  done(kind: string, cases: number): void;
  /** Says what was wrong. */
  wrong(sentence: string): void;
  /** Keeps a connection that the server has to lose patience with. */
  hold(wire: Wire): void;
}

export type Job = (attack: Attack, random: Random) => Promise<void>;

/** Commands and lines sent before their answers are waited for; below the number of strikes that ends a session. */
const BATCH = 12;

async function nextFrame(wire: Wire): Promise<Received | undefined> {
  let found: Received | undefined;
  await wire.until(() => {
    found = readFrame(wire.bytes);
    return found !== undefined;
  });
  if (found) wire.take(found.size);
  return found;
}

/** Upgrades; undefined (and said) when that did not work. */
async function openSocket(attack: Attack, path: string, protocol: string): Promise<Wire | undefined> {
  const wire = await Wire.open(attack.port);
  wire.send(upgrade(path, protocol));
  await wire.until(() => wire.bytes.includes("\r\n\r\n"));
  const head = wire.take(wire.bytes.indexOf("\r\n\r\n") + 4).toString("latin1");
  if (head.startsWith("HTTP/1.1 101")) return wire;
  attack.wrong(`no upgrade: ${wire.ended ? "ended" : "open"}, ${JSON.stringify(head.slice(0, 200))}`);
  wire.drop();
  return undefined;
}

const show = (bytes: Uint8Array): string =>
  JSON.stringify(Buffer.from(bytes.subarray(0, 120)).toString("latin1"));

/** Reads frames until the close; its code, 1005 for a close without one, undefined when the wire just ended. */
async function readClose(wire: Wire): Promise<number | undefined> {
  for (;;) {
    const received = await nextFrame(wire);
    if (!received) return undefined;
    if (received.opcode !== OP.close) continue;
    return received.payload.length >= 2 ? received.payload.readUInt16BE(0) : 1005;
  }
}

/** One case of broken frames on a connection of its own. */
const attackWithFrames: Job = async (attack, random) => {
  const wire = await openSocket(attack, "/websocket", PROTOCOL);
  if (!wire) return;
  const { name, bytes, closes, says } = random.pick(FRAME_CASES)(random);
  wire.send(bytes);
  if (closes.length > 0) {
    const code = await readClose(wire);
    const hasEnded = await wire.until(() => wire.ended);
    if (code === undefined || !closes.includes(code)) {
      attack.wrong(`${name}: closed with ${code}, not ${closes.join(" or ")}: ${show(bytes)}`);
    } else if (!hasEnded)
      attack.wrong(`${name}: close ${code} was said, the connection stays: ${show(bytes)}`);
  } else {
    wire.send(frame(OP.text, '{"type":"ping","id":"after"}'));
    let hasSaid = says === undefined;
    for (;;) {
      const received = await nextFrame(wire);
      const text = received?.payload.toString() ?? "";
      hasSaid ||= text.includes(says ?? "");
      if (text.includes('"id":"after"')) break;
      if (received && received.opcode !== OP.close) continue;
      attack.wrong(`${name}: the session did not go on: ${text} after ${show(bytes)}`);
      break;
    }
    if (!hasSaid) attack.wrong(`${name}: ${says} was not answered: ${show(bytes)}`);
  }
  attack.done("broken frames", 1);
  wire.drop();
};

/** Sends texts and waits until each has its answer; false when one has none. `isAnswer` tells answers from events. */
async function exchange(
  wire: Wire,
  texts: readonly string[],
  isAnswer: (text: string) => boolean,
): Promise<boolean> {
  wire.send(Buffer.concat(texts.map((text) => frame(OP.text, text))));
  let missing = texts.length;
  while (missing > 0) {
    const received = await nextFrame(wire);
    if (!received || received.opcode === OP.close) return false;
    if (received.opcode === OP.text && isAnswer(received.payload.toString())) missing -= 1;
  }
  return true;
}

/** Odd and broken commands, many on one connection; each must be answered once. */
const attackWithCommands: Job = async (attack, random) => {
  const wire = await openSocket(attack, "/websocket", PROTOCOL);
  if (!wire) return;
  const isAnswer = (text: string) => text.startsWith('{"type":"ok"') || text.startsWith('{"type":"error"');
  if (random.chance(0.8)) await exchange(wire, ['{"type":"hello","id":0,"name":"Ana"}'], isAnswer);
  for (let batch = 0; batch < 5; batch++) {
    const texts = Array.from({ length: BATCH }, (_, i) => makeCommand(random, batch * 100 + i));
    const isAnswered = await exchange(wire, [...texts, '{"type":"ping","id":"after"}'], isAnswer);
    attack.done("commands", texts.length);
    if (isAnswered) continue;
    const last = readFrame(wire.bytes)?.payload.toString() ?? (wire.ended ? "the end" : "nothing");
    attack.wrong(`commands without an answer, then ${last}: ${JSON.stringify(texts).slice(0, 1000)}`);
    break;
  }
  wire.drop();
};

/** Lines of plain mode: each comes back as a message or is refused by a line. */
const attackWithLines: Job = async (attack, random) => {
  const path = `/websocket?topic=fuzz-${random.int(0, FUZZ_TOPICS - 1)}&history=${random.int(0, 5)}&name=Fuzz`;
  const wire = await openSocket(attack, path, "");
  if (!wire) return;
  const last = `last-${random.int(0, 2 ** 31)}`;
  const lines = [...Array.from({ length: BATCH }, () => makeLine(random)), last];
  wire.send(Buffer.concat(lines.map((line) => frame(random.chance(0.05) ? OP.binary : OP.text, line))));
  wire.send(frame(OP.text, last));
  let heard = "";
  for (;;) {
    const received = await nextFrame(wire);
    if (received?.payload.toString() === `Fuzz: ${last}`) break;
    if (received?.opcode === OP.text) heard = received.payload.toString();
    if (received && received.opcode !== OP.close) continue;
    const end = received
      ? `close ${received.payload.subarray(0, 2).toString("hex")}`
      : wire.ended
        ? "the end"
        : "silence";
    attack.wrong(
      `plain mode: ${end}, last heard ${heard.slice(0, 200)}, after ${JSON.stringify(lines).slice(0, 1000)}`,
    );
    break;
  }
  attack.done("plain lines", BATCH);
  wire.drop();
};

function checkStatus(attack: Attack, { name, bytes, statuses }: RequestCase, status: number): void {
  // 505 is the parser's word for a version that it does not know.
  const isRight = statuses.length > 0 ? statuses.includes(status) : status < 500 || status === 505;
  if (!isRight) attack.wrong(`${name}: answered with ${status}: ${JSON.stringify(bytes.slice(0, 200))}`);
}

/** Odd requests, one after the other on one connection for as long as it stays. */
const attackWithOddRequests: Job = async (attack, random) => {
  let wire = await Wire.open(attack.port);
  for (let i = 0; i < 20; i++) {
    if (wire.ended) wire = await Wire.open(attack.port);
    const request = makeOddRequest(random);
    wire.send(request.bytes);
    const isHead = request.bytes.startsWith("HEAD");
    let answer: ReturnType<typeof readAnswer>;
    await wire.until(() => {
      answer = readAnswer(wire.bytes, isHead);
      return answer !== undefined;
    });
    attack.done("odd requests", 1);
    if (answer) {
      wire.take(answer.size);
      checkStatus(attack, request, answer.status);
    } else {
      attack.wrong(
        `${request.name}: ${wire.ended ? "ended" : "silence"}: ${JSON.stringify(request.bytes.slice(0, 200))}`,
      );
      wire.drop();
    }
  }
  wire.drop();
};

/** One request that is not HTTP. */
const attackWithBrokenRequest: Job = async (attack, random) => {
  const wire = await Wire.open(attack.port);
  const request = makeBrokenRequest(random);
  wire.send(request.bytes);
  const hasEnded = await wire.until(() => wire.ended);
  const answer = readAnswer(wire.bytes, false);
  if (answer) checkStatus(attack, request, answer.status);
  if (!hasEnded)
    attack.wrong(`${request.name}: the connection stays: ${JSON.stringify(request.bytes.slice(0, 200))}`);
  attack.done("broken requests", 1);
  wire.drop();
};

/** A beginning that never goes on: a request, a handshake, a frame, a session that says nothing. */
const attackWithHalf: Job = async (attack, random) => {
  attack.done("halves", 1);
  if (random.chance(0.5)) {
    const wire = await Wire.open(attack.port);
    wire.send(random.pick(HALVES));
    attack.hold(wire);
    return;
  }
  const wire = await openSocket(attack, "/websocket", PROTOCOL);
  if (!wire) return;
  const whole = frame(OP.text, '{"type":"hello","id":1}');
  wire.send(whole.subarray(0, random.int(0, whole.length - 1)));
  attack.hold(wire);
};

/** A request that is cut off in the middle of its answer, or of itself. */
const attackByLeaving: Job = async (attack, random) => {
  const wire = await Wire.open(attack.port);
  const requests = [
    "GET /api/topics/fuzz-0/events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /api/topics/fuzz-0/messages?limit=200 HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /api/topics/fuzz-0/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf of it",
    `PUT /api/admin/topics/nowhere HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OPERATOR_KEY}\r\nContent-Length: 99\r\n\r\n{`,
    upgrade("/websocket?topic=fuzz-0&history=200", ""),
  ];
  wire.send(random.pick(requests));
  if (random.chance(0.7)) await Bun.sleep(random.int(0, 20));
  attack.done("left in the middle", 1);
  wire.drop();
};

/** The jobs and how often each is drawn: some are one case, some sixty. */
export const JOBS: readonly (readonly [weight: number, job: Job])[] = [
  [110, attackWithFrames],
  [10, attackWithCommands],
  [8, attackWithLines],
  [8, attackWithOddRequests],
  [70, attackWithBrokenRequest],
  [1, attackWithHalf],
  [10, attackByLeaving],
];
