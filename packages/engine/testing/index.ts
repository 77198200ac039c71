export { keyOf, ScriptedApp } from "./scripted-app.ts";
export { ScriptedGateway } from "./scripted-gateway.ts";
export {
  type Action,
  expressionOf,
  hashOf,
  type InvokeLeaf,
  type Leaf,
  leavesOf,
  type Program,
  type RequestLeaf,
  type ScriptedFunction,
  type SignalLeaf,
  type WaitCondition,
  type WaitLeaf,
} from "./scripted-program.ts";
export { SeededRandom } from "./seeded-random.ts";
export { VirtualClock } from "./virtual-clock.ts";
