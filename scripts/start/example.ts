// The applications that `npm start` can run.

import { handymanRuns, handymanTour } from "./handyman-tour.ts";
import { meridianRuns, meridianTour } from "./meridian-tour.ts";

export interface TourParts {
  /** Addresses. */
  readonly server: string;
  readonly app: string;
  readonly say: (text: string) => void;
}

export interface Example {
  readonly title: string;
  /** As the server knows it. */
  readonly appId: string;
  /** Its usual port. */
  readonly port: number;
  /** What compiles it, if anything has to. */
  readonly build?: readonly string[];
  readonly args: readonly string[];
  /** Variables that name its own address and its database. */
  readonly urlVariable: string;
  readonly databaseVariable: string;
  readonly databaseName: string;
  /** The server's, for this example alone: another one's app is not looked for. */
  readonly serverDatabaseName: string;
  readonly tour: (parts: TourParts) => Promise<void>;
  readonly runCount: number;
}

export const examples: Readonly<Record<string, Example>> = {
  meridian: {
    title: "Meridian",
    appId: "meridian",
    port: 5001,
    args: ["examples/meridian/server.js"],
    urlVariable: "BACKEND_URL",
    databaseVariable: "MERIDIAN_DB",
    databaseName: "meridian.db",
    serverDatabaseName: "dev.db",
    tour: meridianTour,
    runCount: meridianRuns,
  },
  handyman: {
    title: "the Handyman App",
    appId: "handyman-app",
    port: 3006,
    build: ["node_modules/typescript/bin/tsc", "-p", "examples/handyman/tsconfig.json", "--noCheck"],
    args: ["examples/handyman/dist/server.js"],
    urlVariable: "APP_URL",
    databaseVariable: "HANDYMAN_DB",
    databaseName: "handyman.db",
    serverDatabaseName: "dev-handyman.db",
    tour: handymanTour,
    runCount: handymanRuns,
  },
};
