/**
 * Folders of one machine: whoever reads the repository elsewhere can do nothing with them. `/home/user` and `/Users/me`
 * stand for anybody's.
 */
const foreign =
  /(?<![\w.~:/-])(?:\/(?:home|Users)\/(?!(?:user|me|you|app|node)\b)[\w.-]+|\/(?:root|work|mnt|media)\/[\w.-]+|[A-Z]:\\\\?Users\\\\?\w+)/g;

/** One line for each absolute path of somebody's machine in a text. */
export function foreignPaths(path: string, text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) => [...line.matchAll(foreign)].map(([found]) => `${path}:${index + 1} names ${found}`));
}
