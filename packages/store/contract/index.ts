export type { OpenStore, StoreBench } from "./open-store.ts";
export { reportsContract } from "./reports.contract.ts";
export { storeContract } from "./store-contract.ts";
