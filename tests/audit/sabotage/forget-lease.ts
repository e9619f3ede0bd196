/** Breaks the promise of nodes on purpose: a node forgets that leases end, so that users of a killed node never leave. */
import { patchServer } from "./patch.ts";

patchServer([["row.id === id || row.silentS <= LEASE_S", "row.id !== undefined"]]);
