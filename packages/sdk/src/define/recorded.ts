/** What a step gives of the value that its code returned: values of these kinds come back as they were, objects of other classes plain. */
export type Recorded<Value> = 0 extends 1 & Value
  ? Value
  : unknown extends Value
    ? unknown
    : Value extends Kept
      ? Value
      : Value extends Map<infer Key, infer Member>
        ? Map<Recorded<Key>, Recorded<Member>>
        : Value extends Set<infer Member>
          ? Set<Recorded<Member>>
          : Value extends { toJSON(...args: never): infer Json }
            ? Recorded<Json>
            : Value extends readonly unknown[]
              ? { [Index in keyof Value]: Recorded<Value[Index]> }
              : Value extends object
                ? { [Key in keyof Value as DataKey<Key, Value[Key]>]: Recorded<Value[Key]> }
                : never;

type Kept =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what functions without a result return.
  | void
  | Date
  | Error
  | ArrayBuffer
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The key of a member that is written: code and symbols are not. */
export type DataKey<Key, Member> = Key extends symbol
  ? never
  : 0 extends 1 & Member
    ? Key
    : [Member] extends [((...args: never) => unknown) | symbol]
      ? [Member] extends [never]
        ? Key
        : never
      : Key;
