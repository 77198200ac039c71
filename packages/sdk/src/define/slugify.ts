/** Text as a part of an id: lower case, words joined by hyphens. */
export function slugify(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/-+/g, "-")
    .split("-")
    .filter((word) => word !== "")
    .join("-");
}
