import { describe } from "vitest";
import { meridianSuite } from "./meridian-suite.mts";

describe("Meridian on inngest@4, defined in its form", () => meridianSuite("4"));
