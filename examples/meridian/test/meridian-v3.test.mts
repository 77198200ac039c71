import { describe } from "vitest";
import { meridianSuite } from "./meridian-suite.mts";

describe("Meridian on inngest@3", () => meridianSuite("3"));
