/**
 * Service worker for push messages: shows a notification for each, takes back what is read, and opens the page on a click. Served as
 * `/push-worker.js`; the file of an owner's page imports it. Answers no request of a page.
 */
import { NEW_MESSAGES } from "../words/worker-words.ts";

/** What the server sends (docs/PROTOCOL.md, `push`). */
interface Notice {
  tag: string;
  url?: string;
  title?: string;
  body?: string;
  language?: string;
  count?: number;
  at?: number;
  close?: true;
}

/** The parts of the worker's scope that are used here: the library of types for pages has none of it. */
interface WindowOfPage {
  url: string;
  visibilityState: string;
  focus(): Promise<unknown>;
}
interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface WorkerScope {
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(options: { type: "window"; includeUncontrolled: true }): Promise<WindowOfPage[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(
    type: "push",
    listener: (event: WorkerEvent & { data: { json(): Notice } | null }) => void,
  ): void;
  addEventListener(
    type: "notificationclick",
    listener: (event: WorkerEvent & { notification: Notification }) => void,
  ): void;
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const { registration, clients } = scope;

const windows = (): Promise<WindowOfPage[]> =>
  clients.matchAll({ type: "window", includeUncontrolled: true });

/** An address of the worker's own origin; undefined for any other. */
function ownAddress(url: string | undefined): URL | undefined {
  const address = URL.parse(url ?? "", registration.scope);
  return address?.origin === new URL(registration.scope).origin ? address : undefined;
}

/** The page of an address, whatever its parameters and place in the page. */
const pageOf = (url: string): string => url.replace(/[?#].*$/, "");

async function takeBack(tag: string): Promise<void> {
  for (const notification of await registration.getNotifications({ tag })) notification.close();
}

async function show({ tag, url, title, body, language = "en", count = 1, at }: Notice): Promise<void> {
  const page = ownAddress(url)?.href;
  // Who looks at the page sees the message there.
  const isSeen = (await windows()).some(
    (window) =>
      window.visibilityState === "visible" && page !== undefined && pageOf(window.url) === pageOf(page),
  );
  if (isSeen) return;
  const heading = title ?? NEW_MESSAGES[language.slice(0, 2)] ?? NEW_MESSAGES.en ?? "";
  await registration.showNotification(count > 1 ? `${heading} (${count})` : heading, {
    tag,
    lang: language,
    data: page,
    ...(body === undefined ? {} : { body }),
    // A newer message of the topic takes the place of the last one, and makes a sound again.
    ...{ renotify: true, ...(at === undefined ? {} : { timestamp: at }) },
  });
}

/** Shows the page of a notification: a window that has it open, else a new one. */
async function open(page: string | undefined): Promise<void> {
  const target = page ?? registration.scope;
  const known = (await windows()).find(({ url }) => pageOf(url) === pageOf(target));
  await (known ? known.focus() : clients.openWindow(target));
}

scope.addEventListener("install", (event) => event.waitUntil(scope.skipWaiting()));
scope.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
scope.addEventListener("push", (event) => {
  const notice = event.data?.json();
  if (notice) event.waitUntil(notice.close ? takeBack(notice.tag) : show(notice));
});
scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ownAddress(event.notification.data as string | undefined)?.href));
});
