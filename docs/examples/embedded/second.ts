import { createEngine } from "@stepwell/embedded";
import { welcome } from "./functions.ts";

try {
  await createEngine({ functions: [welcome], store: "data/stepwell.db" });
} catch (error) {
  const { code, message } = error as Error & { code: string };
  console.log(code, message);
}
