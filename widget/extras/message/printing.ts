/** Mounts every message while the page is printed. */
import type { Kit } from "../../chat/kit.ts";

/** Listens for prints; returns the function that stops listening. */
export function bindPrinting({ timeline_: timeline }: Kit): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const begin = () => timeline()?.setState({ span_: undefined, isPrinted: true });
  const end = () => timeline()?.setState({ isPrinted: false });
  addEventListener("beforeprint", begin, { signal });
  addEventListener("afterprint", end, { signal });
  return () => stop.abort();
}
