// Prints every message of a topic once, also those that came while it did not run: the cursor is kept in a file.
//   bun examples/notifier.ts http://localhost:3000 deploys | while read -r line; do notify-send "$line"; done
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createClient } from "kabar/client";

const [server = "http://localhost:3000", topic = "lobby", file = `${topic}.cursor`] = process.argv.slice(2);
const client = createClient({ server, token: process.env.KABAR_KEY });

function readCursor() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

client.on("message", ({ user, text }) => console.log(`${user.name}: ${text}`));
client.on("gap", ({ from, to }) => console.log(`Messages ${from} to ${to} are gone.`));
// Emitted after the messages before it. A kill between the two prints them again, and loses none.
client.on("cursor", (_, cursor) => {
  writeFileSync(`${file}.part`, JSON.stringify(cursor));
  renameSync(`${file}.part`, file);
});
await client.subscribe(topic, { cursor: readCursor(), last: 20 });
