// The description of a mutant on one line.

export const describe = ({ file, line, before, after }) => {
  const at = Math.max(0, commonLength(before, after) - 20)
  const lead = before.length > 70 && at > 0 ? '…' : ''
  const from = lead ? at : 0
  return `${file}:${line}  ${lead}${short(before.slice(from))} -> ${lead}${short(after.slice(from)) || '(nothing)'}`
}

/** The number of characters that two texts begin with alike. */
function commonLength(one, other) {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

export function short(text) {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}
