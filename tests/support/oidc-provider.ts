/** A real OpenID Connect provider on loopback, whose sign-in page enters the user that a test names. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import Provider from "oidc-provider";

/** A user of the provider. */
export interface ProviderUser {
  sub: string;
  email: string;
  email_verified: boolean;
}

export interface RunningProvider {
  issuer: string;
  /** The user whom the sign-in page enters from now on; undefined: the user refuses. */
  enter(user: ProviderUser | undefined): void;
  stop(): Promise<void>;
}

/** The clients that the provider knows: a confidential one, and a public one of another program. */
export const CLIENT = { id: "kabar", secret: "a-secret-of-the-provider-that-no-log-has" };
export const OTHER_CLIENT = "another";

/** Starts the provider on a port of loopback; it sends browsers back to `redirect` alone. */
export async function startProvider(port: number, redirect: string): Promise<RunningProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  const users = new Map<string, ProviderUser>();
  let current: ProviderUser | undefined;
  const provider = new Provider(issuer, {
    clients: [
      { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirect] },
      { client_id: OTHER_CLIENT, token_endpoint_auth_method: "none", redirect_uris: [redirect] },
    ],
    cookies: { keys: ["a key of the test"] },
    claims: { email: ["email", "email_verified"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/enter/${interaction.uid}` },
    findAccount: (_context, sub) => {
      const user = users.get(sub);
      return user && { accountId: sub, claims: async () => ({ ...user }) };
    },
    async loadExistingGrant(context) {
      const { client, session } = context.oidc;
      const grant = new context.oidc.provider.Grant({
        clientId: client?.clientId ?? "",
        accountId: session?.accountId ?? "",
      });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (!request.url?.startsWith("/enter/")) return void answer(request, response);
    const result = current
      ? { login: { accountId: current.sub, remember: false } }
      : { error: "access_denied", error_description: "The user refused." };
    void provider.interactionFinished(request, response, result);
  };
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    enter(user) {
      current = user;
      if (user) users.set(user.sub, user);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
