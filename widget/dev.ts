/**
 * Serves a page with the widget and reloads it after each change of widget/: `bun run dev`. The build starts anew on
 * every change, in a process of its own, so that changed build rules count, too. Prints the address, and errors of the build.
 */
import { mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const server = join(root, "src/server.ts");
/** Editors write a file in several steps: changes within this time are one. */
const SETTLE_MS = 120;

const dataDir = mkdtempSync(join(tmpdir(), "kabar-dev-"));
const port = Number(process.env.PORT ?? 3000);
/** Open pages: each reloads when its stream sends an event. */
const pages = new Set<ReadableStreamDefaultController<string>>();

function start(): Bun.Subprocess {
  return Bun.spawn([process.execPath, "run", server], {
    env: { ...process.env, KABAR_DATA_DIR: dataDir, PORT: `${port}`, KABAR_TOPICS: "lobby help" },
    stdout: "ignore",
    stderr: "inherit",
  });
}

async function isUp(): Promise<boolean> {
  return fetch(`http://localhost:${port}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Resolves when the server answers, or has ended because its start failed. */
async function untilUp(child: Bun.Subprocess): Promise<boolean> {
  while (child.exitCode === null) {
    if (await isUp()) return true;
    await Bun.sleep(50);
  }
  return false;
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>Kabar: development</title>
<body style="font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem">
<p>This page reloads after each change of <code>widget/</code>. Add <code>?mode=panel</code>, <code>?theme=dark</code>,
<code>?lang=ar</code> or any other attribute to the address.</p>
<script>
  const tag = document.createElement("script");
  tag.src = "http://localhost:${port}/widget.js";
  tag.dataset.topic = "lobby";
  for (const [name, value] of new URLSearchParams(location.search)) tag.setAttribute("data-" + name, value);
  document.body.append(tag);
  new EventSource("/changes").onmessage = () => location.reload();
</script>`;

let child = start();
if (!(await untilUp(child))) process.exit(1);
const page = Bun.serve({
  port: Number(process.env.DEV_PORT ?? port + 1),
  hostname: "localhost",
  idleTimeout: 0,
  routes: {
    "/": () => new Response(PAGE, { headers: { "Content-Type": "text/html" } }),
    "/changes": () => {
      let mine: ReadableStreamDefaultController<string>;
      const stream = new ReadableStream<string>({
        start(controller) {
          mine = controller;
          pages.add(controller);
          controller.enqueue(": open\n\n");
        },
        cancel: () => void pages.delete(mine),
      });
      return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
    },
  },
});
console.log(`Open ${page.url} and change a file of widget/.`);

let timer: ReturnType<typeof setTimeout> | undefined;
let running: Promise<void> = Promise.resolve();

async function restart(name: string): Promise<void> {
  child.kill();
  await child.exited;
  child = start();
  if (!(await untilUp(child))) return console.error("The build failed: mend the file and save it.");
  console.log(`${name} changed: the page reloads.`);
  for (const controller of pages) controller.enqueue("data: reload\n\n");
}

watch(join(root, "widget"), { recursive: true }, (_, name) => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    running = running.then(() => restart(name ?? "A file"));
  }, SETTLE_MS);
});

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    child.kill();
    rmSync(dataDir, { recursive: true, force: true });
    process.exit(0);
  });
