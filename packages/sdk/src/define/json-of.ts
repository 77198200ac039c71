import type { DataKey } from "./recorded.ts";

/** What is left of a value that has been written as JSON and read again. */
export type JsonOf<Value> = 0 extends 1 & Value
  ? Value
  : unknown extends Value
    ? unknown
    : // biome-ignore lint/suspicious/noConfusingVoidType: it is what functions without a result return.
      Value extends undefined | void
      ? null
      : Value extends string | number | boolean | null
        ? Value
        : Value extends bigint
          ? string
          : Value extends { toJSON(...args: never): infer Json }
            ? JsonOf<Json>
            : Value extends readonly unknown[]
              ? { [Index in keyof Value]: JsonOf<Value[Index]> }
              : Value extends object
                ? { [Key in keyof Value as DataKey<Key, Value[Key]>]: JsonMember<Value[Key]> }
                : never;

/** A member without a value is left out. */
type JsonMember<Member> = Member extends undefined ? undefined : JsonOf<Member>;
