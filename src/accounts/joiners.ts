/** The joiners U+200C and U+200D in names, where the script of the name requires them (RFC 5892 A.1 and A.2). */
import { lazyRegExp } from '../lazy.ts'

/** Canonical combining class 9 (viramas), after which both joiners are allowed. */
const VIRAMA =
  '\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1715\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}\u{11070}\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{11442}\u{114c2}\u{115bf}\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}\u{119e0}\u{11a34}\u{11a47}\u{11a99}\u{11c3f}\u{11d44}\u{11d45}\u{11d97}'

/** Letters of the scripts in which letters join. Presentation forms do not. */
const JOINING = String.raw`(?![\ufb50-\ufeff])(?=\p{L})[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mandaic}\p{Script=Mongolian}\p{Script=Adlam}]`

/** Letters of these scripts that never join to another letter (joining type U). */
const NON_JOINING = '\u0621\u0674\u06e5\u06e6\u07f4\u07f5\u07fa\u0883-\u0885\u0887\u08ad\u08c9\u1880-\u1884\u{1e94b}'

/** Letters of these scripts that do not join to the next letter (joining types R and U). */
const NOT_JOINING_NEXT = `${NON_JOINING}\u0622-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef\u0710\u0715-\u0719\u071e\u0728\u072a\u072c\u072f\u074d\u0759-\u075b\u076b\u076c\u0771\u0773\u0774\u0778\u0779\u0840\u0846\u0847\u0849\u0854\u0856-\u0858\u0867\u0869\u086a\u0870-\u0882\u088e\u08aa-\u08ac\u08ae\u08b1\u08b2\u08b9`

/** RFC 5892 A.1: after a virama, or between letters that would join. RFC 5892 A.2: after a virama. */
const joinersInContext = lazyRegExp(
  `(?<=[${VIRAMA}])[\\u200c\\u200d]|(?<=(?![${NOT_JOINING_NEXT}])${JOINING}\\p{M}*)\\u200c(?=\\p{M}*(?![${NON_JOINING}])${JOINING})`,
  'gu',
)

/** A name without the joiners that its script requires. All other joiners count as invisible characters. */
export const withoutJoiners = (s: string) => s.replace(joinersInContext(), '')
