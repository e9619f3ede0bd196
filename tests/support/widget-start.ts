/** A headless client on a fake clock and a fake server, ready in the lobby. */
import { createClient } from "../../widget/client/client.ts";
import { checkFirstConnection } from "../../widget/page/first-connection.ts";
import { createIdentity } from "../../widget/page/identity.ts";
import type { Notice } from "../../widget/client/client-events.ts";
import { createAreas, FakeClock, FakeServer } from "./widget-fakes.ts";

type Options = Partial<Parameters<typeof createClient>[0]>;

/** Starts the client and opens the lobby; what it tells is noted. */
export async function start(
  options: Options & {
    server2?: FakeServer;
    areas?: ReturnType<typeof createAreas>;
    diagnose?: Parameters<typeof checkFirstConnection>[1];
  } = {},
) {
  const { diagnose } = options;
  const clock = (options.clock as FakeClock) ?? new FakeClock();
  const server = options.server2 ?? new FakeServer();
  const areas = options.areas ?? createAreas();
  const notices: Notice[] = [];
  const client = createClient({
    keeper: areas.keeper(),
    clock: clock,
    random: () => 1,
    connect: server.connect,
    ...options,
    server: "http://kabar.test",
  });
  client.listen((notice) => notices.push(notice));
  if (diagnose) checkFirstConnection(client, diagnose);
  const identity = createIdentity({ client, clock_: clock });
  client.attach_({
    onFrame_: identity.onFrame_,
    onHelloRefused_: identity.onHelloRefused_,
    signOut: identity.signOut,
  });
  const use = client.open("lobby", 30);
  await clock.pass(0);
  const texts = () => client.state.topics.lobby?.messages.map((m) => m.text);
  const of = <T extends Notice["type"]>(type: T) =>
    notices.filter((n) => n.type === type) as (Notice & { type: T })[];
  return { client, identity, clock, server, areas, notices, use, texts, of };
}
