/** The documents of the API by name: OpenAPI of HTTP, AsyncAPI of `kabar.v1`. */
import type { DocumentMakers } from "../doors/api-documents.ts";
import { createAsyncApi } from "./asyncapi.ts";
import { createOpenApi } from "./openapi.ts";

export const DOCUMENTS: DocumentMakers = { openapi: createOpenApi, asyncapi: createAsyncApi };
