/**
 * `kabar/protocol`: the protocol's types, codes and patterns, for programs that speak `kabar.v1` themselves.
 * Everything of `src/protocol`, `src/model` and `src/formats`, and nothing of its own.
 */
export * from "../../src/formats.ts";
export type * from "../../src/model.ts";
export * from "../../src/protocol.ts";
