// Prints the codes that an engine and a test engine are refused with.

import { createEngine } from "@stepwell/embedded";
import { createTestEngine } from "@stepwell/testing";

const code = (error) => error.code;
const codes = [await createEngine({ functions: [], store: "old.db" }).catch(code), await createTestEngine({ functions: [] }).catch(code)];
process.stdout.write(JSON.stringify(codes));
