/** The errors of Python's JSON decoder (3.11), which both old services returned. https://docs.python.org/3.11/library/json.html */
import { lazyRegExp } from '../lazy.ts'
import { countCodePoints } from '../text.ts'

const space = lazyRegExp(String.raw`[ \t\n\r]*`, 'y')
const scalar = lazyRegExp(String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|null|true|false|NaN|-?Infinity`, 'y')
const characters = lazyRegExp(String.raw`(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}(?!$)))*`, 'y')

/** The text of the first error in a document. Undefined if Python decodes it. */
export function jsonFault(text: string): string | undefined {
  const fault = findFault(text)
  if (!fault) return undefined
  const [reason, at] = fault
  const before = text.slice(0, at)
  const lines = before.split('\n')
  const column = countCodePoints(lines.at(-1) ?? '') + 1
  return `${reason}: line ${lines.length} column ${column} (char ${countCodePoints(before)})`
}

type Fault = [reason: string, at: number]
type Scanned = number | Fault

/** A loop, because the nesting can be deeper than the call stack. */
function findFault(text: string): Fault | undefined {
  const open: ('}' | ']')[] = []
  let at: Scanned = skipSpace(text, 0)
  for (;;) {
    at = open.at(-1) === '}' ? readName(text, at) : at
    if (typeof at !== 'number') return at
    const close = { '{': '}' as const, '[': ']' as const }[text[at] ?? '']
    if (close) {
      at = skipSpace(text, at + 1)
      open.push(close)
      if (text[at] !== close) continue
    } else {
      at = readScalar(text, at)
      if (typeof at !== 'number') return at
    }
    at = skipSpace(text, at)
    while (open.length > 0 && text[at] === open.at(-1)) {
      open.pop()
      at = skipSpace(text, at + 1)
    }
    if (open.length === 0) return at === text.length ? undefined : ['Extra data', at]
    if (text[at] !== ',') return ["Expecting ',' delimiter", at]
    at = skipSpace(text, at + 1)
  }
}

/** The position of the value of a member. */
function readName(text: string, at: number): Scanned {
  if (text[at] !== '"') return ['Expecting property name enclosed in double quotes', at]
  const end = readString(text, at)
  if (typeof end !== 'number') return end
  const colon = skipSpace(text, end)
  return text[colon] === ':' ? skipSpace(text, colon + 1) : ["Expecting ':' delimiter", colon]
}

function readScalar(text: string, at: number): Scanned {
  if (text[at] === '"') return readString(text, at)
  const end = match(scalar(), text, at)
  return end > at ? end : ['Expecting value', at]
}

function readString(text: string, start: number): Scanned {
  const end = match(characters(), text, start + 1)
  if (text[end] === '"') return end + 1
  if (end === text.length || (text[end] === '\\' && end + 1 === text.length)) {
    return ['Unterminated string starting at', start]
  }
  if (text[end] !== '\\') return ['Invalid control character at', end]
  return text[end + 1] === 'u' ? ['Invalid \\uXXXX escape', end + 1] : ['Invalid \\escape', end]
}

const skipSpace = (text: string, at: number) => match(space(), text, at)

/** The end of the match at a position, which is the position itself if nothing matches. */
function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
