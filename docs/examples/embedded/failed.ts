import { openReader } from "@stepwell/embedded";

/** For a script of the night: what failed last, from a file that another process owns. */
export async function lastFailure(file: string): Promise<string | undefined> {
  const reader = openReader({ store: file });
  try {
    const [run] = await reader.runs.list({ statuses: ["failed"], limit: 1 });
    return run?.error?.message;
  } finally {
    reader.close();
  }
}
