/** Unusual texts and values, as arbitraries of fast-check. */
import * as fc from 'fast-check'

export type Json = fc.JsonValue

/** Marks, joiners, directions, line ends, other planes, letters with unusual case folding, and metacharacters. */
export const ODD_CHARACTERS = Array.from(
  '\u0001\t\n\r\u0085\u00a0\u0301\u200b\u200d\u202e\u2028\u3164\ufeff\ufffd\uffff\u{1f468}\u{e0001}ßıſςé한%\\"\'<{;*-',
)

export const character = fc.oneof(
  { weight: 8, arbitrary: fc.string({ minLength: 1, maxLength: 1 }) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_CHARACTERS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((one) => one !== '\0') },
)

/** Usually short. Sometimes of the minimum or maximum length, in characters of one, four or (as JSON) six bytes. */
export function text(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const short = fc.string({ unit: character, minLength, maxLength: Math.min(maxLength, minLength + 20) })
  const filled = fc
    .tuple(fc.constantFrom('x', '\u{1d4b3}', '\u0001'), fc.constantFrom(minLength, maxLength))
    .map(([unit, length]) => unit.repeat(length))
  return fc.oneof({ weight: 9, arbitrary: short }, { weight: 1, arbitrary: filled })
}

/** Letters and digits of some scripts. */
export const word = fc.string({
  unit: fc.constantFrom(...Array.from('abcxyzABC019한é')),
  minLength: 1,
  maxLength: 20,
})

export const address = fc.tuple(word, word).map(([local, host]) => `${local}@${host}.example`)

const digits = (max: number, min = 0) => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'))
const offset = fc.tuple(fc.constantFrom('+', '-'), digits(23), digits(59))

/** RFC 3339: years of four digits, with any offset and any number of decimals. */
const ordinaryTime = fc
  .record({
    year: fc.oneof(fc.integer({ min: 2020, max: 2040 }), fc.constantFrom(1, 1582, 1969, 9998)),
    day: fc.tuple(digits(12, 1), digits(28, 1)),
    time: fc.tuple(digits(23), digits(59), digits(59)),
    decimals: fc.constantFrom('', '', '.5', '.123', '.999999999'),
    zone: fc.oneof(
      fc.constantFrom('Z', '-00:00'),
      offset.map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
    ),
  })
  .map(
    ({ year, day, time, decimals, zone }) =>
      `${String(year).padStart(4, '0')}-${day.join('-')}T${time.join(':')}${decimals}${zone}`,
  )

/** The same, and the limits: instants whose year in UTC has five digits or a sign. */
export const dateTime = fc.oneof(
  { weight: 9, arbitrary: ordinaryTime },
  { weight: 1, arbitrary: fc.constantFrom('9999-12-31T23:59:59-12:00', '0000-01-01T00:00:00+12:00') },
)

/** An unexpected value. */
export const unexpectedValue: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, 5e-324),
  fc.constantFrom<Json>('', '0', 'null', [], {}, [[]], [null], JSON.parse('{"__proto__":{"a":1}}')),
  // A lone surrogate is serialized as an escape, so it reaches the service.
  fc.constantFrom('a\ud800', '\udc00b', '\ud800\ud800', 'a\0b', '\0', '\ufffe', ' ', '\u3164', '\ufeff'),
  fc.jsonValue({ maxDepth: 3, stringUnit: character }),
  text(0, 40),
)

/** The name of an unknown member or parameter. */
export const unexpectedName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', '', 'id', 'author_id', 'Title', 'title '),
  // Lone surrogates, and pairs that are split if a name is cut at an even length.
  fc.constantFrom('\ud800', 'a\udc00', `x${'\u{1d4b3}'.repeat(300)}`, 'x'.repeat(300), 'a/b~c%'),
  fc.string({ unit: character }),
)
