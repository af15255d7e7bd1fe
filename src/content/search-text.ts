/**
 * The form of text in the search index: folded (case, width, optional marks), then cut into words and pairs.
 */
import { lazy, lazyRegExp } from '../lazy.ts'

/** A longer word is cut, in the index and in the query alike. */
const MAX_WORD = 64

/**
 * UAX #15 §13: no writing system needs more marks in a row, and normalizing many takes quadratic time. U+FF9E and U+FF9F
 * are letters, and normalizing makes marks of them.
 */
const tooManyMarks = lazyRegExp(String.raw`([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+`, 'gu')

/** Marks that people leave out or do not see. In other scripts, such as Thai and Devanagari, marks are letters. */
const optionalMarks = lazy((): [RegExp, string][] => [
  [new RegExp(String.raw`[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640]`, 'gu'), ''],
  [
    new RegExp(String.raw`([\p{Script=Latin}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Syriac}\p{N}])\p{M}+`, 'gu'),
    '$1',
  ],
  // Cyrillic: stress on a vowel, and ё. The marks of й, ї, ў and ќ make other letters.
  [/(е)\u0308/giu, '$1'],
  [/([аеиоуыэюяіє])[\u0300\u0301]+/giu, '$1'],
  // Arabic: vowels, the marks of the Quran, and the hamza or madda of an alef.
  [
    /[\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff]/gu,
    '',
  ],
  [/(\u0627)[\u0653-\u0655]+/gu, '$1'],
  // Thai and Lao: a tone mark comes before or after the circle of a decomposed sara am.
  [/([\u0e4d\u0ecd])([\u0e48-\u0e4b\u0ec8-\u0ecb])/gu, '$2$1'],
])

/** Letters without a decomposition, and the letters that people type for them. */
const LETTERS = new Map(
  Object.entries({
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    ħ: 'h',
    ŧ: 't',
    þ: 'th',
    æ: 'ae',
    œ: 'oe',
    ς: 'σ',
    // Apostrophes, and the letters of Hawaiian, Uzbek and transliterated Arabic that are typed as one.
    '\u2019': "'",
    '\u02bb': "'",
    '\u02bc': "'",
    '\u02bd': "'",
    '\u02be': "'",
    '\u02bf': "'",
    // Malayalam: a chillu and the consonant with a virama.
    '\u0d7a': '\u0d23\u0d4d',
    '\u0d7b': '\u0d28\u0d4d',
    '\u0d7c': '\u0d30\u0d4d',
    '\u0d7d': '\u0d32\u0d4d',
    '\u0d7e': '\u0d33\u0d4d',
    '\u0d7f': '\u0d15\u0d4d',
    // Arabic: alef wasla, alef maksura, Persian yeh and kaf, teh marbuta.
    '\u0671': '\u0627',
    '\u0649': '\u064a',
    '\u06cc': '\u064a',
    '\u06a9': '\u0643',
    '\u0629': '\u0647',
  }),
)
const LETTER = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'gu')

/** The zero of each script with its own digits in common use. NFKD has replaced wide digits. */
const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50]
const DIGIT = new RegExp(`[${ZEROS.map((zero) => String.fromCodePoint(zero, 0x2d, zero + 9)).join('')}]`, 'gu')

// oxlint-disable-next-line no-control-regex
const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text)

/** The form in which different spellings of a text are equal. */
export function foldText(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  let folded = text.replace(tooManyMarks(), '$1').normalize('NFKD')
  for (const [marks, kept] of optionalMarks()) folded = folded.replace(marks, kept)
  // By way of upper case, because ß and SS, and ı and i, differ in lower case only.
  return folded
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(LETTER, (letter) => LETTERS.get(letter) ?? letter)
    .replace(DIGIT, toAsciiDigit)
    .normalize('NFC')
}

function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  return String(code - (ZEROS.findLast((zero) => zero <= code) ?? code))
}

/** Scripts without spaces between words, and Hangul, whose words are compounds. */
const RUN = String.raw`[[\p{L}\p{M}\p{Nl}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{sc=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]`
/** A word; the + of C++ and the # of C# belong to it. */
const WORD = String.raw`[[\p{L}\p{M}\p{N}\p{Co}]--${RUN}]+(?:\+\+|[+#](?![\p{L}\p{N}]))*`
const EMOJI = String.raw`\p{RI}{2}|\p{Extended_Pictographic}`
const parts = lazyRegExp(`(?<run>${RUN}+)|(?<word>${WORD}(?:'${WORD})*)|(?<emoji>${EMOJI})`, 'gv')

/** The words of a folded text in ASCII, which has no runs and no emoji: three times as fast. */
const ASCII_WORD = String.raw`[a-z\d]+(?:\+\+|[+#](?![a-z\d]))*`
const ASCII_PARTS = new RegExp(`(?<word>${ASCII_WORD}(?:'${ASCII_WORD})*)`, 'g')

const partsOf = (folded: string) => folded.matchAll(isAscii(folded) ? ASCII_PARTS : parts())

/** In scripts with vowel signs a letter and its marks are one unit with a marked end: ปู is not the beginning of ปู่. */
const letterWithMarks = lazyRegExp(String.raw`\P{M}\p{M}*|\p{M}+`, 'gu')
const unitsOf = (run: string) => run.match(letterWithMarks()) ?? []
const withSigns = lazyRegExp(String.raw`[\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]`, 'u')
const ended = (letter: string) => (withSigns().test(letter) ? `${letter}.` : letter)

/** The overlapping pairs of a run. */
const pairsOf = (units: readonly string[]) => units.slice(1).map((unit, n) => `${ended(units[n] ?? '')}${ended(unit)}`)

const cut = (word: string) => (word.length > MAX_WORD ? word.slice(0, MAX_WORD).toWellFormed() : word)

/** The words of a text in the index, separated by spaces, in at most `maxBytes` bytes of UTF-8. */
export function toIndexText(text: string, maxBytes: number): string {
  const words: string[] = []
  for (const { groups = {} } of partsOf(foldText(text))) {
    for (const word of groups['run'] ? pairsAndLast(groups['run']) : wordsOf(groups)) words.push(word)
  }
  const joined = words.join(' ')
  if (joined.length * 3 <= maxBytes) return joined
  const { read } = new TextEncoder().encodeInto(joined, new Uint8Array(maxBytes))
  // The last word within the limit can be incomplete.
  return read === joined.length ? joined : joined.slice(0, Math.max(joined.lastIndexOf(' ', read), 0))
}

/** The pairs of a run, and its last unit: a search finds it alone, and it separates the pairs of two runs. */
function pairsAndLast(run: string): string[] {
  const units = unitsOf(run)
  return [...pairsOf(units), ended(units.at(-1) ?? '')]
}

const wordsOf = ({ word, emoji }: Record<string, string | undefined>) => word?.split("'").map(cut) ?? [emoji ?? '']

/** Adjacent tokens. With `isBeginning`, the last one is the beginning of a word. */
export type Term = { tokens: string[]; isBeginning: boolean }

/** The terms of a query: each word as the beginning of a word, each run at any place. */
export function toTerms(q: string): Term[] {
  return partsOf(foldText(q))
    .map(({ groups = {} }) => {
      if (!groups['run']) return { tokens: wordsOf(groups), isBeginning: true }
      const units = unitsOf(groups['run'])
      return units.length > 1
        ? { tokens: pairsOf(units), isBeginning: false }
        : { tokens: [ended(units[0] ?? '')], isBeginning: true }
    })
    .toArray()
}
