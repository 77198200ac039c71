import { type Checker, type Type, TypeFlags } from "typescript/unstable/sync";

/** The forms that a value may have: the members of a union, the elements of a list, what a type parameter stands for. */
export function membersOf(checker: Checker, type: Type | undefined): readonly Type[] {
  const known = new Set<number>();
  const read = (each: Type | undefined): readonly Type[] => {
    // What a type depends on may lead back to it.
    if (each === undefined || (each.flags & (TypeFlags.Undefined | TypeFlags.Null)) !== 0 || known.has(each.id)) return [];
    known.add(each.id);
    if (each.isUnionType()) return each.getTypes().flatMap(read);
    if (each.isTypeParameter() || each.isConditionalType()) return read(checker.getBaseConstraintOfType(each));
    if (checker.isArrayType(each) && each.isTypeReference()) return checker.getTypeArguments(each).flatMap(read);
    return [each];
  };
  return read(type);
}
