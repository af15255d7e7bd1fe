/** HMAC-SHA-256 of short messages under keys that live as long as the isolate. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { oncePer } from './lazy.ts'

/** The HMAC state after the key. The key is hashed once, and the state is copied for each message. */
const prepared = oncePer((key: Uint8Array) => hmac.create(sha256, key))
const encoder = new TextEncoder()

/** In JavaScript: synchronous, in the middle of other work. */
export const macOf = (key: Uint8Array, message: string): Uint8Array =>
  prepared(key).clone().update(encoder.encode(message)).digest()

const imported = oncePer((key: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
)

/** The same by the platform, for code that can wait for it. */
export async function nativeMacOf(key: Uint8Array<ArrayBuffer>, message: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await imported(key), encoder.encode(message)))
}
