/**
 * The part of the admin API about one user's connections: open sessions on all nodes and devices with push messages, listed and ended.
 * Revocation, export and erasure are in `admin`.
 */
import { KabarError } from "../errors.ts";
import type { Cause, Control } from "../log/control.ts";
import type { Device } from "../push/device.ts";
import type { Devices } from "../push/devices.ts";
import type { Revocations } from "../users/revocations.ts";
import { WHY } from "./admin.ts";
import { type AdminRouteParts, createAdminRoute, idParam } from "./admin-route.ts";
import { NO_STORE } from "./request.ts";
import { readJson } from "./request-body.ts";
import type { UserSessions } from "./user-sessions.ts";

export interface UserAdminParts extends AdminRouteParts {
  control: Pick<Control, "set">;
  revocations: Pick<Revocations, "revokedAt">;
  sessions: UserSessions;
  push: { devices: Pick<Devices, "ofUser" | "get" | "remove"> };
}

/** A device without what sends to it. */
const shown = ({ id, endpoint, language, topics, seenAt }: Device) => ({
  id,
  service: new URL(endpoint).hostname,
  ...(language === undefined ? {} : { language }),
  topics: Object.keys(topics),
  seenAt,
});

export type UserAdmin = ReturnType<typeof createUserAdmin>;

/** Creates the routes. They throw KabarError. */
export function createUserAdmin(parts: UserAdminParts) {
  const { control, revocations, sessions, push } = parts;
  const admin = createAdminRoute(parts);

  async function endSessions(user: string, session: string | undefined, cause: Cause): Promise<number> {
    const ended = await sessions.end(user, session);
    if (ended > 0) await control.set(`sessions:ended ${user}`, { sessions: ended }, cause);
    return ended;
  }

  return {
    /** `GET /api/admin/users/:id`: the user's open sessions and devices, and up to when tokens are refused. */
    read: admin(async (request) => {
      const id = idParam(request, "id");
      const devices = push.devices.ofUser(id).map(shown);
      const revokedAt = revocations.revokedAt(id);
      const answer = { id, ...(await sessions.list(id)), devices, ...(revokedAt ? { revokedAt } : {}) };
      return Response.json(answer, NO_STORE);
    }),

    /** `DELETE /api/admin/users/:id/sessions`: `{why?}`. Ends every session of the user. */
    endAll: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      return Response.json(
        { ended: await endSessions(idParam(request, "id"), undefined, { by, why }) },
        NO_STORE,
      );
    }),

    /** `DELETE /api/admin/users/:id/sessions/:session`: `{why?}`. Ends one session. */
    endOne: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      const ended = await endSessions(idParam(request, "id"), idParam(request, "session"), { by, why });
      if (ended === 0) throw new KabarError("not-found", "This session does not exist, or has ended.");
      return Response.json({ ended }, NO_STORE);
    }),

    /** `DELETE /api/admin/users/:id/devices/:device`: `{why?}`. Removes a device: it receives no push messages until its user turns them on again. */
    removeDevice: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      const id = idParam(request, "id");
      const device = idParam(request, "device");
      if (push.devices.get(device)?.user.id !== id)
        throw new KabarError("not-found", "The user has no such device.");
      await push.devices.remove(device);
      await control.set(`devices:removed ${id}`, { device }, { by, why });
      return new Response(null, { status: 204 });
    }),
  };
}
