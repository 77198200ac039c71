// The rules for what is missing, null or of another kind, which are the reference's and not CEL's.

import { table } from "./expression-tables.ts";

table("what is missing equals null and nothing else", {
  true: [
    "M == null",
    "null == M",
    "event.data.map.absent.deeper == null",
    "event.absent == null",
    "M != 1",
    "M != ''",
    "M != event.data.n",
    "M != false",
    "event.data.text.absent == null",
  ],
  false: [
    "M != null",
    "null != M",
    "M == 1",
    "M == 'x'",
    "'' == M",
    "M == false",
    "M == 0",
    "M == []",
    "M == event.data.n",
    "M == async.data.n",
  ],
});

table("what is missing does not equal what is missing", {
  false: ["M == M", "event.data.absent == async.data.absent", "event.data.absent == event.data.other"],
  true: ["M != M"],
});

table("what is missing on the left comes before everything", {
  true: ["M < 1", "M <= 1", "M < -5", "M <= 'a'", "M < ''", "M < event.data.n", "M < M"],
  false: ["M > 1", "M >= 1", "M > ''", "M >= -5", "M >= M"],
});

table("what is missing on the right comes before everything", {
  true: ["1 > M", "1 >= M", "'a' > M", "event.data.n >= M", "-5 > M"],
  false: ["1 < M", "1 <= M", "'a' < M", "event.data.n <= M"],
});

table("what is missing adds nothing", {
  "5": ["M + 5", "5 + M"],
  a: ["M + 'a'", "'a' + M"],
  "3": ["M + event.data.n"],
  "[1,2,3]": ["M + event.data.list"],
  false: ["M + M"],
});

table("the sum of what is missing is false, and no longer missing", {
  false: ["(M + M) == null", "has(M) || (M + M) != false"],
});

table("what is missing has no size, no members and no methods", {
  "0": ["size(M)", "M.size()"],
  false: [
    "M in [1, 2]",
    "M in event.data.list",
    "M in M",
    "1 in M",
    "M.contains('a')",
    "M.startsWith('a')",
    "M.endsWith('')",
    "M.matches('.*')",
    "M.exists(i, true)",
    "M.all(i, true)",
    "M.map(i, i)",
    "M.filter(i, true)",
    "M.exists_one(i, true)",
    "M.getHours()",
    "'a'.contains(M)",
    "lowercase(M)",
    "date(M)",
  ],
  "": ["string(M)"],
});

table("an expression that is one missing path is false", {
  false: ["M", "event.absent", "event.data.list[7]", "event.data.list[-1]", "event.data.map['x']", "event.data.n.x"],
});

table("null beside a value of a kind", {
  false: [
    "null == 1",
    "event.data.nothing == ''",
    "event.data.nothing == false",
    "event.data.nothing == 0",
    "null > 1",
    "null < -1",
    "null > 'a'",
    "null > true",
    "null < 0",
    "null < duration('-1s')",
  ],
  true: [
    "null != 1",
    "event.data.nothing != ''",
    "null == null",
    "event.data.nothing == null",
    "async.data.nothing == event.data.nothing",
    "null < 1",
    "null <= 0",
    "null >= 0",
    "null > -1",
    "null < 'a'",
    "null <= ''",
    "null < true",
    "event.data.nothing < 0.5",
    "1 > null",
    "null < now()",
    "null <= null",
    "null < duration('1s')",
    "has(event.data.nothing)",
    "event.data.holes[1] == null",
  ],
  "5": ["null + 5", "5 + null", "5 - null"],
  a: ["null + 'a'", "'a' + null"],
});

table("values of different kinds are unequal, and that is no error", {
  false: [
    "'3' == 3",
    "event.data.digits == 42",
    "event.data.n == '3'",
    "true == 1",
    "'true' == true",
    "[1] == 1",
    "{'a': 1} == [1]",
    "event.data.zero == false",
    "event.data.empty == false",
    "now() == 'now'",
  ],
  true: ["'3' != 3", "event.data.digits != 42", "true != 1"],
});

table("whole numbers and fractions compare by value", {
  true: [
    "event.data.n == 3",
    "3 == event.data.n",
    "event.data.n == 3.0",
    "3.0 == 3",
    "event.data.n < 4",
    "event.data.half < 1",
    "1 > event.data.half",
    "int(event.data.half) == 0",
    "event.data.n >= 3",
    "int(event.data.n) == event.data.n",
    "event.data.n == async.data.n",
    "5u == 5",
    "3 in event.data.list",
    "3.0 in [1, 2, 3]",
    "9007199254740993 > 9007199254740992.0",
  ],
  false: [
    "event.data.n == 4",
    "event.data.half == 0",
    "9007199254740993 == 9007199254740992",
    "9007199254740993 == 9007199254740992.0",
    "0.0 / 0.0 <= 1",
    "0.0 / 0.0 >= 1",
    "0.0 / 0.0 == 0.0 / 0.0",
  ],
});

table("text and a number add up to text", {
  a1: ["'a' + 1", "'a' + 1.0", "'a' + double(1)"],
  "1a": ["1 + 'a'"],
  a3: ["'a' + event.data.n"],
  "0.5%": ["event.data.half + '%'"],
  ab: ["'a' + 'b'"],
  "shop/order.placed:3": ["event.name + ':' + event.data.n"],
});

table("conditions follow JavaScript's truth and give an operand back", {
  "Ada Lovelace": [
    "event.data.text || 'x'",
    "event.data.yes && event.data.text",
    "event.data.empty || event.data.text",
    "M || event.data.text",
    "event.data.nothing || event.data.text",
  ],
  "3": ["event.data.zero || event.data.n", "event.data.text && event.data.n"],
  "0": ["event.data.zero && event.data.n", "event.data.no || event.data.zero"],
  "": ["event.data.empty && true"],
  true: ["!M", "!event.data.zero", "!event.data.empty", "!event.data.nothing", "true || M", "M || true"],
  false: ["M || M", "M && true", "true && M", "M && M", "!event.data.text", "!event.data.list", "false || M", "(M && true) == null"],
  null: ["event.data.nothing && true"],
});

table("one side of a condition makes up for an error of the other", {
  true: ["int('x') == 1 || true", "true || int('x') == 1"],
  false: ["int('x') == 1 && false", "false && int('x') == 1"],
});

table("a choice on what is missing takes the other branch", {
  no: ["M ? 'yes' : 'no'", "event.data.zero ? 'yes' : 'no'", "event.data.nothing ? 'yes' : 'no'", "M == 1 ? 'yes' : 'no'"],
  yes: ["event.data.n ? 'yes' : 'no'", "M == null ? 'yes' : 'no'", "true ? 'yes' : int('x')"],
});
