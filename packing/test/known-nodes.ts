import { findNode } from "./find-node.ts";

const node20 = await findNode(20);

/** The Nodes to run on: the repository's, and the oldest that the SDK knows where the machine has it. */
export const knownNodes: readonly (readonly [string, string])[] = [
  ["the repository's Node", process.execPath],
  ...(node20 === undefined ? [] : [["Node 20", node20] as const]),
];
