import { Stepwell } from "stepwell";

export const stepwell = new Stepwell({ id: "shop", env: "new-basket" });

/** What happens on the branch is tried out on the staging environment as well. */
export async function paid(order: string): Promise<void> {
  const event = { name: "shop/order.paid", data: { order } };
  await stepwell.send(event);
  await stepwell.send(event, { env: "staging" });
  await stepwell.sendSignal({ signal: `paid/${order}`, env: "staging" });
}
