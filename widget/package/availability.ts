/**
 * Availability of the package's client: connects when it is first used, and ends waiting calls when it is closed or denied.
 * Reports an error to the calls that it ends, to listeners, and to the console where neither exists.
 */
import type { CommandFields, CommandResults, CommandType } from "../../src/protocol.ts";
import type { Client as InnerClient } from "../client/client.ts";
import { ClientError, toClientError } from "./client-error.ts";
import type { Emitter } from "./emitter.ts";
import type { Publisher } from "./publisher.ts";
import type { Waiting } from "./waiting.ts";

/** Creates the availability of one client. `identified` resolves once a user's first token is there. */
export function createAvailability(
  inner: InnerClient,
  emitter: Emitter,
  publisher: Publisher,
  waiting: Waiting,
  identified: Promise<void>,
) {
  let isClosed = false;
  /** The latest error that is about the client, not about a topic. */
  let trouble: ClientError | undefined;

  function requireUsable(): void {
    if (isClosed) throw new ClientError("closed");
    const { connection, refusal } = inner.state;
    if (connection === "denied") throw toClientError(refusal);
  }

  /** Waits until the client may connect, and connects. Throws ClientError once it is closed or denied. */
  async function connect(): Promise<void> {
    requireUsable();
    await identified;
    requireUsable();
    inner.socket_.start_();
  }

  /** Ends the calls that an error is about; returns whether there was one. */
  function endCalls(error: ClientError): boolean {
    const ended = publisher.fail_(error, true);
    return (inner.state.connection === "denied" && waiting.fail_(error)) || ended;
  }

  return {
    connect_: connect,
    /** Throws the reason why a message would wait for ever: the user's token has ended, and they read on as a guest. */
    requireWriter_(): void {
      if (inner.state.isLapsed && trouble) throw trouble;
    },
    /** Runs a command once the client is online. */
    async command_<T extends CommandType>(type: T, fields: CommandFields[T]): Promise<CommandResults[T]> {
      await connect();
      await waiting.until_(() => inner.state.connection === "online" || undefined);
      return inner.command(type, fields).catch((error: unknown) => {
        throw toClientError(error);
      });
    },
    fail_(error: ClientError): void {
      const isOfTopic = error.topic !== undefined;
      if (!isOfTopic) trouble = error;
      // The call that subscribes to the topic rejects by itself.
      const isKnown = isOfTopic || endCalls(error);
      if (emitter.hasListener_("error")) emitter.emit_("error", error);
      else if (!isKnown) console.error(`kabar/client: ${error.message} (${error.code})`);
    },
    /** Ends every call; false when that was done before. */
    close_(): boolean {
      if (isClosed) return false;
      isClosed = true;
      const error = new ClientError("closed");
      publisher.fail_(error, false);
      waiting.fail_(error);
      return true;
    },
  };
}
