import type { ClientCommand } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printJson, printText } from "../print.ts";

interface Delivery {
  readonly channel: string;
  readonly delivered: boolean;
  readonly error: string | null;
}

export const alertsTest: ClientCommand = {
  name: "alerts test",
  args: "[channel]",
  summary: "sends a notice that says it is a test to a channel of alerts, or to all; exit code 9 when one did not arrive",
  flags: [],
  examples: ["stepwell alerts test", "stepwell alerts test ops --json"],
  async run(context) {
    const [channel] = context.args;
    if (context.args.length > 1) throw new CommandError(exitCodes.usage, "usage", "alerts test takes one channel, or none for all");
    const answer = await context.client.post("/api/v1/alerts/test", JSON.stringify(channel === undefined ? {} : { channel }));
    const deliveries = answer["data"] as unknown as readonly Delivery[];
    if (context.has("json") || context.has("jsonl")) printJson({ data: deliveries });
    else printText(deliveries.map((each) => (each.delivered ? `✓ ${each.channel}` : `✕ ${each.channel}: ${each.error}`)).join("\n"));
    return deliveries.every(({ delivered }) => delivered) ? exitCodes.done : exitCodes.checkFailed;
  },
};
