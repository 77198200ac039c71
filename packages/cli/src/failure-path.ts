import type { ClientContext } from "./client-command.ts";
import { usageError } from "./read-payload.ts";

/** Where the API has the group that the command names. */
export function failurePath({ args }: ClientContext, command: string): string {
  const [id] = args;
  if (id === undefined || args.length > 1)
    throw usageError(`${command} needs the id of one group`, ["stepwell failures list shows them; its first six characters will do"]);
  return `/api/v1/failures/${encodeURIComponent(id)}`;
}
