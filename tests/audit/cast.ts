/** Actors of an audit, each with a name and a task. */
import { eventSourceReader } from "./event-sources.ts";
import { growingSource } from "./growing-source.ts";
import { growingReader, growingWriter } from "./growing.ts";
import { headless } from "./headless.ts";
import { httpPublisher, jsonPublisher, plainPublisher } from "./publishers.ts";
import { type Habits, reader } from "./readers.ts";
import { eventReader, plainReader } from "./streams-of-text.ts";
import type { Nginx } from "./nginx.ts";
import type { Random } from "./random.ts";
import type { Actor, MakeActor, World } from "./world.ts";

const stays: Habits = { topics: ["lobby", "short"], stays: [300, 3000], sleeps: [10, 100], rejoins: 0.8 };
const leaves: Habits = { topics: ["lobby", "short"], stays: [200, 2000], sleeps: [10, 500] };
const sleeps: Habits = { topics: ["lobby", "short", "bulk"], stays: [300, 1500], sleeps: [800, 6000] };
const overlaps: Habits = {
  topics: ["lobby", "short"],
  stays: [200, 1500],
  sleeps: [0, 0],
  overlaps: [20, 800],
};
const bulky: Habits = { topics: ["bulk"], stays: [2000, 20_000], sleeps: [10, 500] };

type Cast = readonly (readonly [name: string, make: MakeActor])[];

/** Those who come through the bad network. Publishers' names begin with `p-`. */
const CAST: Cast = [
  ["p-json-1", jsonPublisher(["lobby"], 120)],
  ["p-json-2", jsonPublisher(["lobby", "short"], 120)],
  ["p-json-3", jsonPublisher(["short"], 80)],
  ["p-bulk-1", jsonPublisher(["bulk"], 400)],
  ["p-http-1", httpPublisher(["lobby", "short"], 60)],
  ["p-http-2", httpPublisher(["lobby", "short", "bulk"], 60)],
  ["p-plain-1", plainPublisher("lobby", 10)],
  ["p-growing-1", growingWriter],
  ["p-streamed-1", jsonPublisher(["lobby", "short"], 60, "streamed")],
  ["h-1", headless(["lobby", "short"], 20)],
  ["h-2", headless(["short", "lobby"], 20)],
  ["h-3", headless(["lobby"], 0)],
  ["h-4", headless(["bulk", "short"], 2)],
  ["hs-1", headless(["lobby", "short"], 10, "streamed")],
  ...[1, 2, 3, 4].map((i) => [`r-stays-${i}`, reader(stays)] as const),
  ...[1, 2, 3].map((i) => [`r-leaves-${i}`, reader(leaves)] as const),
  ...[1, 2, 3].map((i) => [`r-sleeps-${i}`, reader(sleeps)] as const),
  ...[1, 2].map((i) => [`r-overlaps-${i}`, reader(overlaps)] as const),
  ...[1, 2].map((i) => [`r-bulky-${i}`, reader(bulky)] as const),
  ["s-stays-1", reader(stays, "streamed")],
  ["s-sleeps-1", reader(sleeps, "streamed")],
  ["s-overlaps-1", reader(overlaps, "streamed")],
  ["s-bulky-1", reader(bulky, "streamed")],
  ["e-1", eventReader("lobby", false)],
  ["e-2", eventReader("lobby", true)],
  ["e-3", eventReader("short", true)],
  ["e-4", eventReader("bulk", false)],
  ["es-1", eventSourceReader("lobby", false)],
  ["es-2", eventSourceReader("lobby", true)],
  ["es-3", eventSourceReader("short", true)],
  ["es-4", eventSourceReader("short", false)],
  ["es-5", eventSourceReader("bulk", false)],
  ...[1, 2].map((i) => [`g-${i}`, growingReader()] as const),
  ["gs-1", growingReader("streamed")],
  ["ge-1", growingSource],
  ["l-1", plainReader("lobby", 0)],
  ["l-2", plainReader("lobby", 50)],
  ["l-3", plainReader("short", 20)],
];

/** Those who come through nginx, and then through the bad network. */
const CAST_BEHIND_NGINX: Cast = [
  ["p-nginx-json-1", jsonPublisher(["lobby"], 30)],
  ["p-nginx-http-1", httpPublisher(["lobby", "short"], 30)],
  ["p-nginx-streamed-1", jsonPublisher(["short"], 30, "streamed")],
  ["n-h-1", headless(["lobby", "short"], 5)],
  ["n-hs-1", headless(["lobby"], 5, "streamed")],
  ["n-r-1", reader(stays)],
  ["n-s-1", reader(leaves, "streamed")],
  ["n-es-1", eventSourceReader("lobby", true)],
  ["n-es-2", eventSourceReader("short", false)],
  ["n-es-3", eventSourceReader("bulk", false)],
  ["n-g-1", growingReader()],
  ["n-ge-1", growingSource],
  ["n-l-1", plainReader("lobby", 20)],
];

/** Makes all actors of a world, each with a chance of its own. */
export function createActors(world: World, nginx: Nginx | undefined, random: Random): Actor[] {
  // The same world by another door: what changes in the one changes in the other.
  const behind: World = nginx ? Object.create(world, { url: { value: nginx.url } }) : world;
  return [
    ...CAST.map(([name, make]) => make(world, name, random.fork(name))),
    ...(nginx ? CAST_BEHIND_NGINX.map(([name, make]) => make(behind, name, random.fork(name))) : []),
  ];
}
