/**
 * Notes that the tabs of a group send each other. Types only.
 * A line is one connection of a follower through the leader; each has an id of its own.
 */
import type { ReadNote } from "./read-marks.ts";

/** From a follower: joins on a line of this id, sends a frame on it, ends the line, or leaves. */
export type AskNote =
  | { kind: "join" | "hang-up"; tab: string; line: string }
  | { kind: "frame"; tab: string; line: string; text: string }
  | { kind: "leave"; tab: string };

/** To lines: the line is open, the leader is not connected yet, the line has ended, open an own socket, a frame. */
export type TellNote =
  | { kind: "joined" | "wait" | "shut" | "alone"; to: string[] }
  | { kind: "text"; to: string[]; text: string }
  /** To every waiting tab: the leader is connected. */
  | { kind: "up" };

/** Any note. */
export type Note =
  | AskNote
  | TellNote
  | ReadNote
  /** This tab leads from now on. */
  | { kind: "led" }
  /** The user signed out. */
  | { kind: "out"; forget: boolean };
