import { describe } from "vitest";
import { meridianSuite } from "./meridian-suite.mts";

describe("Meridian on our SDK", () => meridianSuite("stepwell"));
