/** What a signing secret has to be: long enough, and not made of few characters or of repetitions. */
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** RFC 7518 §3.2: an HS256 key has at least 256 bits. */
const MIN_BYTES = 32

/** 32 random hexadecimal digits have fewer distinct ones once in 28 million. */
const MIN_DISTINCT = 8

/** What is wrong with the secret of a setting, if anything. Never quotes it. */
export function secretErrors(name: string, secret: string | undefined): string[] {
  if (!secret) return [`${name} is not set`]
  const bytes = utf8ToBytes(secret)
  if (bytes.length < MIN_BYTES) return [`${name} has ${bytes.length} bytes and needs ${MIN_BYTES} or more`]
  if (new Set(bytes).size >= MIN_DISTINCT && !isRepetition(bytes)) return []
  return [`${name} has too little variety to be random: generate one with \`openssl rand -base64 32\``]
}

/** Whether a part of at most half the length is repeated until the end. */
function isRepetition(bytes: Uint8Array): boolean {
  for (let period = 1; period <= bytes.length / 2; period++) {
    if (bytes.every((byte, index) => index < period || byte === bytes[index - period])) return true
  }
  return false
}
