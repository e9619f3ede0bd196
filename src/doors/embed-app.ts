/**
 * The page `/embed/:topic` as an app on a home screen: its web app manifest and its icon. iOS sends push messages to installed pages
 * only.
 */
import type { Policy } from "../topics/policy.ts";
import { drawIcon, ICON_SIZE } from "./app-icon.ts";
import { shownTitle } from "./page-embed.ts";
import { requireTopic, type RouteRequest, withCors } from "./request.ts";

const DAY = "public, max-age=86400";

/** Creates the two routes. */
export function createEmbedApp(policy: Pick<Policy, "ruleOf">) {
  let icon: Buffer<ArrayBuffer> | undefined;

  return {
    /** `GET /embed/:topic/app.webmanifest`. Throws `bad-topic`. */
    manifest(request: RouteRequest): Response {
      const topic = requireTopic(request);
      const name = shownTitle(policy, topic);
      const manifest = {
        id: `../${topic}`,
        name,
        short_name: name,
        // Seen from the manifest's own address.
        start_url: `../${topic}`,
        scope: "../",
        display: "standalone",
        icons: [
          {
            src: "../../app-icon.png",
            sizes: `${ICON_SIZE}x${ICON_SIZE}`,
            type: "image/png",
            purpose: "any maskable",
          },
        ],
      };
      const headers = { "Content-Type": "application/manifest+json", "Cache-Control": "no-cache" };
      return withCors(new Response(JSON.stringify(manifest), { headers }));
    },

    /** `GET /app-icon.png`. */
    icon(): Response {
      icon ??= Buffer.from(drawIcon());
      return withCors(new Response(icon, { headers: { "Content-Type": "image/png", "Cache-Control": DAY } }));
    },
  };
}
