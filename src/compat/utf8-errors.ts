/** The errors of Python's UTF-8 decoder. https://docs.python.org/3/library/codecs.html */

/** The message of a `UnicodeDecodeError`. Undefined for valid UTF-8. */
export function utf8Fault(bytes: Uint8Array): string | undefined {
  for (let start = 0; start < bytes.length;) {
    const length = lengthFrom(bytes[start] ?? 0)
    if (length === 0) return message(bytes, start, 1, 'invalid start byte')
    for (let read = 1; read < length; read++) {
      if (start + read >= bytes.length) return message(bytes, start, read, 'unexpected end of data')
      const [min, max] = read === 1 ? boundsAfter(bytes[start] ?? 0) : ANY
      const byte = bytes[start + read] ?? 0
      if (byte < min || byte > max) return message(bytes, start, read, 'invalid continuation byte')
    }
    start += length
  }
  return undefined
}

/** The length in bytes of the sequence that a byte starts (Unicode 17, table 3-7). 0 if the byte cannot start one. */
function lengthFrom(byte: number): number {
  if (byte < 0x80) return 1
  if (byte < 0xc2 || byte > 0xf4) return 0
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
}

const ANY = [0x80, 0xbf] as const

/** The range of the second byte. */
const boundsAfter = (first: number): readonly [number, number] =>
  ({ 0xe0: [0xa0, 0xbf], 0xed: [0x80, 0x9f], 0xf0: [0x90, 0xbf], 0xf4: [0x80, 0x8f] } as const)[first] ?? ANY

function message(bytes: Uint8Array, start: number, count: number, reason: string): string {
  const where =
    count === 1
      ? `byte 0x${bytes.slice(start, start + 1).toHex()} in position ${start}`
      : `bytes in position ${start}-${start + count - 1}`
  return `'utf-8' codec can't decode ${where}: ${reason}`
}
