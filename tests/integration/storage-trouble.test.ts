import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { useServers } from "../support/servers.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

/** What SQLite cuts the write-ahead log back to. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

const start = useServers();

interface History {
  top: number;
  messages: { offset: number; id: string; text: string }[];
}
const topic = (kabar: RunningKabar) => `${kabar.url}/api/topics/lobby`;
const publish = (kabar: RunningKabar, text: string) =>
  fetch(`${topic(kabar)}/messages`, { method: "POST", body: text });
const history = (kabar: RunningKabar, query = "") =>
  fetch(`${topic(kabar)}/messages?${query}`).then((response) => response.json() as Promise<History>);
const ready = async (kabar: RunningKabar) => {
  const response = await fetch(`${kabar.url}/readyz`);
  return `${response.status} ${(await response.text()).trim()}`;
};
const codeOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string; retry: boolean } };
  return `${response.status} ${error.code}${error.retry ? ", retry" : ""}`;
};
/** Asks until readiness says yes: it probes a log in trouble once a second. */
async function untilReady(kabar: RunningKabar): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await ready(kabar)) !== "200 ready") {
    if (Date.now() > deadline) throw new Error(`still ${await ready(kabar)}`);
    await Bun.sleep(50);
  }
}
async function fill(kabar: RunningKabar, count: number): Promise<void> {
  for (let i = 0; i < count; i += 100) {
    await Promise.all(
      Array.from({ length: Math.min(100, count - i) }, (_, n) =>
        publish(kabar, `${i + n} ${"x".repeat(500)}`),
      ),
    );
  }
}

/** A data folder on a disk of its own of 16 MB, in a mount namespace of the server's. */
const onSmallDisk = (dataDir: string) => [
  ...["unshare", "-rm", "sh", "-c"],
  'mount -t tmpfs -o size=16m kabar "$0" && dd if=/dev/zero of="$0/ballast" bs=1M count=4 2>/dev/null && exec "$@"',
  dataDir,
];
/** A data folder that can't be written at all. */
const onReadOnlyDisk = (dataDir: string) => [
  ...["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o ro kabar "$0" && exec "$@"', dataDir],
];
/** Lets writes beyond the file size limit fail instead of ending the process. */
const withFailingWrites = () => ["sh", "-c", 'trap "" XFSZ && exec "$@"', "sh"];
const limitFiles = (kabar: RunningKabar, bytes: string) =>
  Bun.spawnSync(["prlimit", "--pid", `${kabar.pid()}`, `--fsize=${bytes}:unlimited`]);
const linux = test.skipIf(process.platform !== "linux");

describe("while the server runs", () => {
  linux(
    "a full disk: publish is refused, reading goes on, nothing acknowledged is lost, and space heals it",
    async () => {
      const kabar = await start({ wrapper: onSmallDisk });
      const acked: number[] = [];
      let refused = "";
      // Many at once while there is room for many, then one by one to the very end.
      for (let size = 50; size > 0; size = size === 50 ? 1 : 0) {
        for (refused = ""; refused === "";) {
          const responses = await Promise.all(
            Array.from({ length: size }, () => publish(kabar, "x".repeat(8000))),
          );
          for (const response of responses) {
            if (response.status === 201) acked.push(((await response.json()) as { offset: number }).offset);
            else refused = await codeOf(response);
          }
        }
      }
      acked.sort((a, b) => a - b);
      expect(refused).toBe("503 log-unavailable, retry");
      expect(await ready(kabar)).toBe("503 not ready: the disk is full");
      expect((await fetch(`${kabar.url}/healthz`)).status).toBe(200);
      expect((await history(kabar, "limit=1")).messages[0]?.offset).toBe(acked.at(-1));
      rmSync(`/proc/${kabar.pid()}/root${kabar.dataDir}/ballast`);
      await untilReady(kabar);
      const next = (await publish(kabar, "there is room again").then((response) => response.json())) as {
        offset: number;
      };
      expect(next.offset).toBe((acked.at(-1) ?? 0) + 1);
      expect(acked).toEqual(acked.map((_, i) => i + 1));
    },
  );

  linux("a disk that fails to write: the same, in its own words", async () => {
    const kabar = await start({ wrapper: withFailingWrites });
    await fill(kabar, 10);
    expect(limitFiles(kabar, "1").exitCode).toBe(0);
    expect(await codeOf(await publish(kabar, "x"))).toBe("503 log-unavailable, retry");
    expect(await ready(kabar)).toBe("503 not ready: disk I/O error");
    expect((await history(kabar)).messages).toHaveLength(10);
    expect(limitFiles(kabar, "unlimited").exitCode).toBe(0);
    await untilReady(kabar);
    expect(((await publish(kabar, "x").then((r) => r.json())) as { offset: number }).offset).toBe(11);
  });

  test("appends are refused with the reason while another program locks the database, and succeed afterwards", async () => {
    const kabar = await start();
    await fill(kabar, 3);
    const other = new Database(join(kabar.dataDir, "kabar.db"));
    other.run("BEGIN IMMEDIATE");
    expect(await codeOf(await publish(kabar, "x"))).toBe("503 log-unavailable, retry");
    expect(await ready(kabar)).toBe("503 not ready: the database is locked by another process");
    other.run("ROLLBACK");
    other.close();
    await untilReady(kabar);
    expect(((await publish(kabar, "x").then((r) => r.json())) as { offset: number }).offset).toBe(4);
  });

  test("another program that reads for a while: publishing goes on, and the write-ahead log is short again afterwards", async () => {
    const kabar = await start();
    await fill(kabar, 3);
    const wal = join(kabar.dataDir, "kabar.db-wal");
    const other = new Database(join(kabar.dataDir, "kabar.db"), { readonly: true });
    other.run("BEGIN");
    expect(other.query("SELECT count(*) AS count FROM entry").get()).toEqual({ count: 3 });
    let count = 3;
    const deadline = Date.now() + SLOW_MS / 2;
    while (statSync(wal).size < 2 * WAL_LIMIT_BYTES && Date.now() < deadline) {
      await fill(kabar, 500);
      count += 500;
    }
    expect(statSync(wal).size).toBeGreaterThan(WAL_LIMIT_BYTES);
    expect(other.query("SELECT count(*) AS count FROM entry").get()).toEqual({ count: 3 });
    other.run("COMMIT");
    other.close();
    while (statSync(wal).size > WAL_LIMIT_BYTES && Date.now() < deadline) {
      await publish(kabar, "on");
      count += 1;
    }
    expect(statSync(wal).size).toBeLessThanOrEqual(WAL_LIMIT_BYTES);
    expect((await history(kabar)).top).toBe(count);
  });
});

describe("at the next start", () => {
  /** A stopped server's folder with 2,000 messages in one file. */
  async function leaveLog(): Promise<string> {
    const dataDir = createFolder();
    const kabar = await startKabar({ dataDir });
    await fill(kabar, 2000);
    await kabar.stop();
    return dataDir;
  }

  linux("a folder that can't be written is refused by name", async () => {
    expect(startKabar({ wrapper: onReadOnlyDisk })).rejects.toThrow(
      /code 2 [\s\S]*the data folder \S+ can't be used: no permission to write/,
    );
  });

  test("a truncated database is refused by name, not served as if it were whole", async () => {
    const dataDir = await leaveLog();
    const file = join(dataDir, "kabar.db");
    truncateSync(file, Math.floor(statSync(file).size / 2));
    expect(startKabar({ dataDir })).rejects.toThrow(
      /code 2 [\s\S]*kabar\.db can't be opened: the database is damaged/,
    );
  });

  test("a damaged place is unavailable, and the rest is served", async () => {
    const dataDir = await leaveLog();
    const file = join(dataDir, "kabar.db");
    const bytes = new Uint8Array(await Bun.file(file).arrayBuffer());
    const at = Buffer.from(bytes).indexOf("1000 xxxx");
    const page = Math.floor(at / 4096) * 4096;
    bytes.fill(0xff, page, page + 64);
    await Bun.write(file, bytes);
    const kabar = await start({ dataDir });
    expect((await history(kabar, "limit=10")).messages).toHaveLength(10);
    expect((await history(kabar, "after=0&limit=10")).messages).toHaveLength(10);
    const hurt = await fetch(`${topic(kabar)}/messages?after=950&limit=100`);
    expect(await codeOf(hurt)).toBe("503 log-unavailable, retry");
    expect((await publish(kabar, "x")).status).toBe(201);
  });

  test("a write-ahead log that lost its end is recovered and reported, and a cursor beyond it yields a gap", async () => {
    const dataDir = createFolder();
    const kabar = await start({ dataDir, env: { KABAR_LOG_LEVEL: "info" } });
    const writer = await Client.open(kabar.url);
    await writer.ask("subscribe", { topic: "lobby" });
    for (let i = 0; i < 20; i++) await writer.publish("lobby", `m${i}`);
    let tag = "";
    for (let seen = 0; seen < 20;) {
      const event = await writer.events.next();
      if (event.type !== "messages") throw new Error(event.type);
      seen = event.messages.at(-1)?.offset ?? 0;
      tag = event.tag;
    }
    const epoch = ((await history(kabar)) as unknown as { epoch: string }).epoch;
    await kabar.kill();
    const wal = join(dataDir, "kabar.db-wal");
    expect(existsSync(wal)).toBe(true);
    truncateSync(wal, Math.floor(statSync(wal).size * 0.6));
    await kabar.restart();
    expect(kabar.output()).toContain("the last run did not end cleanly");
    const { top } = await history(kabar);
    expect(top).toBeGreaterThan(0);
    expect(top).toBeLessThan(20);
    const back = await Client.open(kabar.url);
    expect(
      await back.ask("subscribe", { topic: "lobby", cursor: { epoch, offset: 20, tag }, last: 5 }),
    ).toMatchObject({
      recovered: false,
      gap: { from: 1, to: Math.max(0, top - 5), reason: "tag" },
    });
  });

  test("a restored older backup is a fork: readers beyond it receive a gap, and offsets continue from it", async () => {
    const dataDir = createFolder();
    const backup = join(createFolder(), "backup.db");
    const kabar = await start({ dataDir });
    const writer = await Client.open(kabar.url);
    await writer.ask("subscribe", { topic: "lobby" });
    const { epoch } = (await history(kabar)) as unknown as { epoch: string };
    await writer.publish("lobby", "kept");
    await kabar.stop();
    copyFileSync(join(dataDir, "kabar.db"), backup);
    await kabar.restart();
    const again = await Client.open(kabar.url);
    await again.ask("subscribe", { topic: "lobby" });
    await again.publish("lobby", "lost by the restore");
    const lost = await again.events.next();
    await kabar.stop();
    copyFileSync(backup, join(dataDir, "kabar.db"));
    for (const side of ["-wal", "-shm"]) rmSync(join(dataDir, `kabar.db${side}`), { force: true });
    await kabar.restart();
    expect(
      ((await publish(kabar, "after the restore").then((r) => r.json())) as { offset: number }).offset,
    ).toBe(2);
    const back = await Client.open(kabar.url);
    const cursor = { epoch, offset: 2, tag: lost.type === "messages" ? lost.tag : "" };
    expect(await back.ask("subscribe", { topic: "lobby", cursor, last: 50 })).toMatchObject({
      recovered: false,
      gap: { from: 1, to: 0, reason: "tag" },
    });
    expect((await back.messages(2)).map(({ text }) => text)).toEqual(["kept", "after the restore"]);
  });
});
