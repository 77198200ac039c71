/** What chaos did to a call, for people. */
export function faultText(kind: string): string {
  return texts[kind] ?? kind;
}

const texts: Readonly<Record<string, string>> = {
  doubled: "the call was delivered twice; one of the two replies was dropped",
  reply_lost: "the reply was lost after the app had run the call, which was then made again",
  refused: "the connection was refused, and the call made again",
  delayed: "the call was held up",
  reordered: "another parallel step overtook the call",
};
