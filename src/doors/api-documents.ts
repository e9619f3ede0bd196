/**
 * Serves the documents of the API, `/api/openapi.json` and `/api/asyncapi.json`. They are made for the first who asks, and kept:
 * a start does not pay for them.
 */
import type { Config } from "../config.ts";
import { type Asset, createAsset, FIVE_MINUTES, sendAsset } from "./assets.ts";
import type { Answer } from "./request.ts";

/** Makes a document as JSON, for a server of this configuration and version. */
export type MakeDocument = (config: Config, version: string) => object;
/** The functions that make the documents, by the name of each. */
export type DocumentMakers = Record<"openapi" | "asyncapi", MakeDocument>;
export type LoadDocuments = () => Promise<DocumentMakers>;

export interface ApiDocumentsParts {
  config: Config;
  version: string;
  loadDocuments: LoadDocuments;
  answer: Answer;
}

export type ApiDocuments = ReturnType<typeof createApiDocuments>;

/** Creates the two routes. */
export function createApiDocuments({ config, version, loadDocuments, answer }: ApiDocumentsParts) {
  function route(name: keyof DocumentMakers) {
    let made: Promise<Asset> | undefined;
    async function make(): Promise<Asset> {
      const makers = await loadDocuments();
      const bytes = new TextEncoder().encode(JSON.stringify(makers[name](config, version)));
      return createAsset(bytes, "application/json; charset=utf-8", FIVE_MINUTES);
    }
    return (request: Request): Promise<Response> =>
      answer(async () => {
        made ??= make();
        return sendAsset(request, await made);
      });
  }
  return { openapi: route("openapi"), asyncapi: route("asyncapi") };
}
