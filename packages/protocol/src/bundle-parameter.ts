/** In the query of a request that brings several calls. */
export const bundleParameter = "bundle";
