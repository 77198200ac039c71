import { createEngine } from "@stepwell/embedded";
import { StepwellError } from "stepwell";
import { welcome } from "./functions.ts";

try {
  await createEngine({ functions: [welcome], store: "data/stepwell.db" });
} catch (error) {
  if (!StepwellError.is(error)) throw error;
  console.log(error.code, error.message);
}
