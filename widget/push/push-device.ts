/**
 * This browser as a device with push messages: installs the service worker, subscribes at the browser's push service, and gives
 * the subscription to the server. Loaded when the user turns push messages on or opens the settings with them on.
 */
import type { PushMode, PushState, QuietHours } from "../../src/model.ts";
import type { Kit } from "../chat/kit.ts";
import { toBase64url } from "../client/base64url.ts";

/** Reasons why a device gets no push messages: the permission is denied, iOS wants an installed page, or the page has no service worker. */
export type PushProblem = "blocked" | "install" | "noPush";

/** A refusal with its reason. */
export class PushRefused extends Error {
  readonly reason_: PushProblem;
  constructor(reason: PushProblem) {
    super(reason);
    this.reason_ = reason;
  }
}

/** The longest address that the server takes. */
const MAX_PAGE = 1000;
/** The file that owners put on their own site, because browsers take service workers from there only. */
const OWNERS_FILE = "/kabar-push.js";

/** iOS has push messages for pages on the home screen only. */
const isUninstalledPhone = (): boolean =>
  /iP(?:hone|ad|od)/.test(navigator.userAgent) && !matchMedia("(display-mode: standalone)").matches;

/** Whether the browser may have push messages at all. */
export const canPush = (): boolean =>
  isSecureContext && (isUninstalledPhone() || ("PushManager" in globalThis && "serviceWorker" in navigator));

/** The address and the scope of the service worker: the server's own on its pages, else the owner's file. The scope covers no page. */
function workerOf({ server, host }: Kit): { url: URL; scope: URL } {
  const own = new URL(`${server}/push-worker.js`);
  const isOwn = own.origin === location.origin;
  const url = isOwn ? own : new URL(host.getAttribute("push-worker") ?? OWNERS_FILE, location.href);
  return { url, scope: new URL("kabar-push/", url) };
}

/** An address of a script as pages with Trusted Types want it. */
function trust(url: URL): string {
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): object } })
    .trustedTypes;
  if (!types) return url.href;
  const policy = types.createPolicy("kabar-push", { createScriptURL: (text: string) => text });
  return (policy as { createScriptURL(text: string): string }).createScriptURL(url.href);
}

/** Resolves when the worker of a registration runs: only then can it subscribe. */
function untilActive({ active, installing, waiting }: ServiceWorkerRegistration): Promise<void> | undefined {
  const worker = installing ?? waiting;
  if (active || !worker) return undefined;
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => worker.state === "activated" && resolve());
  });
}

async function install(kit: Kit): Promise<ServiceWorkerRegistration> {
  const { url, scope } = workerOf(kit);
  try {
    const registration = await navigator.serviceWorker.register(trust(url), { scope: scope.href });
    await untilActive(registration);
    return registration;
  } catch (error) {
    console.warn(
      `[kabar] Push messages need a service worker on your own site. Put a file at ${url.href} with these two lines:\n` +
        `// Push messages of the chat.\nimportScripts("${kit.server}/push-worker.js");\n${String(error)}`,
    );
    throw new PushRefused("noPush");
  }
}

/** The registration of the worker, if it was installed. */
export const installed = (kit: Kit): Promise<ServiceWorkerRegistration | undefined> =>
  navigator.serviceWorker.getRegistration(workerOf(kit).scope.href);

const encode = (key: ArrayBuffer | null | undefined): string => toBase64url(key ?? new ArrayBuffer(0));

/** The browser's subscription for the server's key. One for another key is of no use any more. */
async function subscribe({ pushManager }: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
  const known = await pushManager.getSubscription();
  if (known && encode(known.options.applicationServerKey) === key) return known;
  await known?.unsubscribe();
  try {
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    console.warn("[kabar] The browser's push service refuses a subscription.", error);
    throw new PushRefused("noPush");
  }
}

/** The fields of a subscription for the command `push`. */
function fieldsOf(subscription: PushSubscription) {
  const { endpoint = "", keys: { p256dh = "", auth = "" } = {} } = subscription.toJSON();
  return { endpoint, p256dh, auth };
}

/** What this device receives of the topic that is shown; undefined when there is no subscription. */
export async function pushState(kit: Kit): Promise<PushState | undefined> {
  const topic = kit.topic()?.topic;
  const subscription = await (await installed(kit))?.pushManager.getSubscription();
  if (!topic || !subscription) return undefined;
  return kit.client.command("push", { topic, endpoint: subscription.endpoint });
}

/** Ends push messages of this site on this device, for all topics: the server forgets the device when its push service refuses it. */
export async function forgetPush(kit: Kit): Promise<void> {
  const registration = await installed(kit);
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await registration?.unregister();
}

/**
 * Sets what this device receives of the topic that is shown, from a click: asks for the permission. Rejects with `PushRefused`, and
 * with what the server refuses. `quiet` undefined leaves the quiet hours as they are.
 */
export async function setPush(kit: Kit, mode: PushMode, quiet?: QuietHours | null): Promise<PushState> {
  const topic = kit.topic()?.topic ?? "";
  const { command, keeper, credentials_: credentials } = kit.client;
  if (mode === "none") {
    const subscription = await (await installed(kit))?.pushManager.getSubscription();
    return command("push", { topic, mode, endpoint: subscription?.endpoint ?? "none" });
  }
  if (isUninstalledPhone()) throw new PushRefused("install");
  if ((await Notification.requestPermission()) !== "granted") throw new PushRefused("blocked");
  const registration = await install(kit);
  // The device is the guest's: the next visit must be by the same one.
  keeper.consent();
  keeper.save({ guest: credentials().guest });
  const { key } = await command("push", { topic });
  const page = location.href.slice(0, MAX_PAGE);
  const language = kit.strings_.lang;
  const fields = fieldsOf(await subscribe(registration, key));
  return command("push", { topic, mode, quiet, page, language, ...fields });
}
