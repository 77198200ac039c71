export { type Action, type Leaf, type Program, ScriptedApp, type ScriptedFunction } from "./scripted-app.ts";
export { ScriptedGateway } from "./scripted-gateway.ts";
export { SeededRandom } from "./seeded-random.ts";
export { VirtualClock } from "./virtual-clock.ts";
