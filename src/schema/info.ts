/** The licence, as both documents name it. */

/** The licence, as OpenAPI and AsyncAPI name it. */
export const LICENSE = { name: "MIT", url: "https://opensource.org/license/mit" } as const;
