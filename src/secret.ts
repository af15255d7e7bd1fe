/** The rules for a signing secret: a minimum length, a minimum number of distinct characters and no repetition. */
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** RFC 7518 §3.2: an HS256 key has at least 256 bits. */
const MIN_BYTES = 32

/** 32 random hexadecimal digits have fewer distinct ones once in 28 million. */
const MIN_DISTINCT = 8

/** The faults of a secret. They never quote it. */
export function secretErrors(name: string, secret: string | undefined): string[] {
  if (!secret) return [`${name} is not set`]
  const bytes = utf8ToBytes(secret)
  if (bytes.length < MIN_BYTES) return [`${name} has ${bytes.length} bytes and needs ${MIN_BYTES} or more`]
  if (new Set(bytes).size >= MIN_DISTINCT && !isRepetition(bytes)) return []
  return [`${name} has too little variety to be random: generate one with \`openssl rand -base64 32\``]
}

/** Whether the bytes are a repetition of a part of at most half their length. */
function isRepetition(bytes: Uint8Array): boolean {
  for (let period = 1; period <= bytes.length / 2; period++) {
    if (bytes.every((byte, index) => index < period || byte === bytes[index - period])) return true
  }
  return false
}
