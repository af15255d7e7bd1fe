/** HMAC-SHA-256 in JavaScript, synchronous: for short messages under keys that live as long as the isolate. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { oncePer } from './lazy.ts'

/** The HMAC state after the key. The key is hashed once, and the state is copied for each message. */
const prepared = oncePer((key: Uint8Array) => hmac.create(sha256, key))
const encoder = new TextEncoder()

export const macOf = (key: Uint8Array, message: string): Uint8Array =>
  prepared(key).clone().update(encoder.encode(message)).digest()
