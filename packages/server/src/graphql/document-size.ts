import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";

export interface DocumentSize {
  readonly fields: number;
  readonly depth: number;
}

const nothing: DocumentSize = { fields: 0, depth: 0 };

/**
 * How many fields a document names and how deep, fragments in the place of their names. Each fragment is measured once, so
 * fragments of fragments cost nothing here, however many fields they come to. A circle of fragments counts as nothing: it
 * is the validation's to find.
 */
export function documentSize(document: DocumentNode): DocumentSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const measured = new Map<string, DocumentSize>();
  const fragmentSize = (name: string): DocumentSize => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    measured.set(name, nothing);
    const fragment = fragments.get(name);
    const size = fragment === undefined ? nothing : setSize(fragment.selectionSet);
    measured.set(name, size);
    return size;
  };
  const setSize = ({ selections }: SelectionSetNode): DocumentSize => {
    let [fields, depth] = [0, 0];
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragmentSize(selection.name.value)
          : selection.selectionSet === undefined
            ? nothing
            : setSize(selection.selectionSet);
      fields += inner.fields + (isField ? 1 : 0);
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
    }
    return { fields, depth };
  };
  let size = nothing;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const own = setSize(definition.selectionSet);
    size = { fields: Math.max(size.fields, own.fields), depth: Math.max(size.depth, own.depth) };
  }
  return size;
}
