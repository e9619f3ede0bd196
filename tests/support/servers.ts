/** Servers of a test, which end with it. */
import { afterEach } from "bun:test";
import { type RunningKabar, type StartOptions, startKabar } from "./server.ts";

/** Returns the function that starts a server. Each test's servers are stopped after it. */
export function useServers(): (options?: StartOptions) => Promise<RunningKabar> {
  let running: RunningKabar[] = [];
  afterEach(async () => {
    for (const kabar of running) await kabar.stop();
    running = [];
  });
  return async (options = {}) => {
    const kabar = await startKabar(options);
    running.push(kabar);
    return kabar;
  };
}
