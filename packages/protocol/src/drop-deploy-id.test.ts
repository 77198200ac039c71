import { expect, test } from "vitest";
import { dropDeployId } from "./drop-deploy-id.ts";

const step = (url: string) => ({ steps: { step: { id: "step", runtime: { type: "http", url } } } });

test.for([
  ["http://a/x?deployId=1", "http://a/x"],
  ["http://a/x?deployId=1&b=2", "http://a/x?b=2"],
  ["http://a/x?b=2&deployId=1", "http://a/x?b=2"],
  ["http://a/x?b=2&deployId=1&fnId=f%20g#h", "http://a/x?b=2&fnId=f%20g#h"],
  ["http://a/deployId=1?xdeployId=2", "http://a/deployId=1?xdeployId=2"],
] as const)("%s", ([url, without]) => {
  expect(dropDeployId({ url, functions: [step(url)] })).toEqual({ url: without, functions: [step(without)] });
});

test("what is no registration stays what it is", () => {
  for (const body of [{}, { url: 1, functions: {} }, { functions: [1, { steps: [] }, { steps: { a: { runtime: { url: 2 } } } }] }])
    expect(dropDeployId(body)).toEqual(body);
});
