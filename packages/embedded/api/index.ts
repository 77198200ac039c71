// The API of an engine inside the user's own server. A part of its own: an engine without it loads no HTTP.

export { type ApiOptions, createApi } from "./create-api.ts";
export { createNodeApi, type NodeHandler } from "./create-node-api.ts";
