/**
 * The part of the admin API that tells how the server is: what is open and stored, the room on the disk, warnings in words with what
 * to do, and the vital signs of the last hour and day. Of this node; `nodes` lists the others.
 */
import type { Cluster } from "../log/cluster.ts";
import { type DiskSpace, LITTLE_BYTES, readOwnDisk, ROOM_BYTES } from "../log/disk-space.ts";
import { troubleCodeOf } from "../named-sentences.ts";
import { showBytes } from "../log/backup.ts";
import { type Backups, createBackupLook } from "../log/backup-notes.ts";
import type { MessageLog } from "../log/log.ts";
import type { Metrics } from "../metrics.ts";
import type { HealthWarning, Vital } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import { oneOf } from "../parsing.ts";
import { type AdminRouteParts, createAdminRoute } from "./admin-route.ts";
import { createHealthStreams } from "./health-stream.ts";
import { NO_STORE, parseQuery } from "./request.ts";
import { VITAL_SIGNS, type Vitals } from "./vitals.ts";

export interface HealthAdminParts extends AdminRouteParts {
  log: MessageLog;
  cluster: Cluster;
  metrics: Metrics;
  vitals: Vitals;
  version: string;
  /** True from the moment a shutdown begins. */
  isDraining: () => boolean;
}

export const WINDOW = { window: oneOf(["hour", "day"]).default("hour") };
/** The age at which a backup is old: a weekly one may be a day late. */
const OLD_BACKUP_MS = 8 * 86_400_000;
/** How late a backup may be that the command makes by itself, beside one that it may have missed. */
const LATE_BACKUP_MS = 3_600_000;
/** A rate with three digits after the point: a plot has no room for more. */
const toPoint = (value: number): number => Math.round(value * 1000) / 1000;

/** What an owner should know of the disk, and do; undefined when there is room. */
export function warnOfDisk({ freeBytes, logBytes, hasNoInode }: DiskSpace): HealthWarning | undefined {
  const cure = "Free space, move data_dir to a larger disk, or keep less (retain_messages, retain_days).";
  if (hasNoInode)
    return { kind: "no-file", text: `The disk of the data folder can hold no further file. ${cure}` };
  if (freeBytes < LITTLE_BYTES)
    return {
      kind: "disk-full",
      text: `The disk of the data folder is almost full: ${showBytes(freeBytes)} free. Messages are refused when it is full. ${cure}`,
      freeBytes,
    };
  if (freeBytes < Math.max(ROOM_BYTES, logBytes))
    return {
      kind: "little-room",
      text: `The disk of the data folder has ${showBytes(freeBytes)} free: a backup beside the log may not fit. ${cure}`,
      freeBytes,
    };
  return undefined;
}

/** Nodes of several versions; undefined when all have one. */
function warnOfVersions(nodes: readonly { version: string }[]): HealthWarning | undefined {
  const versions = [...new Set(nodes.map(({ version }) => version))];
  if (versions.length < 2) return undefined;
  const text = `The nodes run different versions: ${versions.join(", ")}. Bring all of them to the newest.`;
  return { kind: "versions", text, versions };
}

/** A newest backup that is old; undefined while it is not, and where there never was one. */
export function warnOfBackups({ newestAt, everyMs }: Backups, now: number): HealthWarning | undefined {
  const patienceMs = everyMs === undefined ? OLD_BACKUP_MS : 2 * everyMs + LATE_BACKUP_MS;
  if (newestAt === undefined || now - newestAt < patienceMs) return undefined;
  const day = new Date(newestAt).toISOString().slice(0, 10);
  const text = `The newest backup is from ${day}. Make one with backup, and look why none was made since.`;
  return { kind: "old-backup", text, at: newestAt };
}

/** Messages that cannot be stored; undefined when they can. */
function warnOfTrouble(cause: string | undefined): HealthWarning | undefined {
  if (cause === undefined) return undefined;
  const text = `Messages cannot be stored: ${cause}. Senders are asked to try again; doctor looks for the cause.`;
  return { kind: "cannot-store", text, cause, ...presentFields({ causeCode: troubleCodeOf(cause) }) };
}

/** Points as a list of values for each vital sign. */
function columnsOf(stepMs: number, points: readonly Vital[]): object {
  const columns = VITAL_SIGNS.map((sign) => [sign, points.map((point) => toPoint(point[sign]))]);
  return { stepMs, at: points.map(({ at }) => at), ...Object.fromEntries(columns) };
}

export type HealthAdmin = ReturnType<typeof createHealthAdmin>;

/** Creates the routes. They throw KabarError. */
export function createHealthAdmin(parts: HealthAdminParts) {
  const { config, log, cluster, metrics, vitals, version } = parts;
  const admin = createAdminRoute(parts);
  const startedAt = Date.now();
  // A database has backups of its own, of which this process knows nothing.
  const lookAtBackups = config.log.length === 0 ? createBackupLook(config.dataDir) : undefined;

  /** What an owner should know and do, one or two sentences each; the gravest first. */
  function warnings(disk: DiskSpace | undefined, backups: Backups | undefined): HealthWarning[] {
    const found = [
      warnOfTrouble(log.trouble() ?? log.troubleOfSome?.()),
      disk && config.log.length === 0 ? warnOfDisk(disk) : undefined,
      backups && warnOfBackups(backups, Date.now()),
      warnOfVersions(cluster.nodes()),
      ...log.warnings().map(({ text, ...warning }): HealthWarning => ({ kind: "log", text, warning })),
    ];
    return found.flatMap((warning) => warning ?? []);
  }

  /** How the server is now. */
  async function readHealth(): Promise<object> {
    const disk = readOwnDisk(config);
    const backups = await lookAtBackups?.();
    const { errors, ...totals } = await metrics.totals();
    return presentFields({
      now: Date.now(),
      startedAt,
      version,
      node: cluster.id,
      nodes: cluster.nodes(),
      ready: log.trouble() === undefined,
      warnings: warnings(disk, backups),
      ...totals,
      errors,
      memoryBytes: process.memoryUsage.rss(),
      logBytes: await log.storedBytes(),
      disk: disk && { freeBytes: disk.freeBytes, totalBytes: disk.totalBytes },
      backups,
    });
  }

  const streams = createHealthStreams({
    readHealth: async () => JSON.stringify(await readHealth()),
    vitals,
    encodePoints: (window, points) => JSON.stringify(columnsOf(vitals.stepMs(window), points)),
    node: cluster.id,
    isDraining: parts.isDraining,
  });

  return {
    /** `GET /api/admin/health` */
    health: admin(async () => Response.json(await readHealth(), NO_STORE)),

    /** `GET /api/admin/health/series?window=hour|day`: the vital signs, a list of values for each, oldest first. */
    series: admin(async (request) => {
      const { window } = parseQuery(request.url, WINDOW);
      return Response.json(columnsOf(vitals.stepMs(window), vitals.points(window)), NO_STORE);
    }),

    /** `GET /api/admin/health/events?window=hour|day`: both of them, live. */
    events: admin(async (request, user, _who, isInForce) =>
      streams.open({
        user,
        isInForce,
        window: parseQuery(request.url, WINDOW).window,
        lastEventId: request.headers.get("last-event-id"),
        gone: request.signal,
      }),
    ),

    /** Ends every stream. */
    closeAll: streams.closeAll,

    /** Ends every stream of a user. */
    endUser: streams.endUser,
  };
}
