import { ask } from "./requests.ts";

/** Whether the server knows the app at this address, and the app answers. */
export async function isSynced(server: string, appId: string, app: string): Promise<boolean> {
  const apps = await ask<{ readonly data: readonly { readonly id: string; readonly url: string; readonly error: string | null }[] }>(
    `${server}/api/v1/apps`,
  );
  const isKnown = apps?.data.some(({ id, url, error }) => id === appId && error === null && new URL(url).port === new URL(app).port);
  return isKnown === true && (await ask(`${app}/health`)) !== undefined;
}
