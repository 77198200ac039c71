import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const importPages = stepwell.createFunction(
  { id: "import-pages", triggers: { event: "import/started" } },
  async ({ event, step }) => {
    let page: string | null = event.data.firstPage;
    while (page !== null) {
      const current: string = page;
      page = await step.run(`page-${current}`, () => importPage(current));
    }
  },
);

export const dunning = stepwell.createFunction(
  { id: "dunning", triggers: { event: "invoice/overdue" } },
  async ({ event, step }) => {
    for (let letter = 1; letter <= 3; letter++) {
      await step.run("write", () => act(`letter ${letter} for ${event.data.invoice}`));
      const paid = await step.waitForEvent("wait-for-payment", {
        event: "invoice/paid",
        match: "data.invoice",
        timeout: "14d",
      });
      if (paid !== null) return "paid";
    }
    return "handed over";
  },
);

/** Resolves with the next page, or null after the last. */
async function importPage(page: string): Promise<string | null> {
  await act(`page ${page}`);
  return page === "c" ? null : String.fromCharCode(page.charCodeAt(0) + 1);
}
