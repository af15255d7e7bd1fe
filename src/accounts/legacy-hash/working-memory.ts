/**
 * Releases the working memory of argon2id and scrypt when a derivation ends. V8 alone keeps it until the next garbage
 * collection, and two buffers of 64 MiB are more than the 128 MB of an isolate. `@noble/hashes` accepts no buffer.
 */

/** Bytes. Smaller buffers are left to the garbage collection. */
const LARGE = 1024 * 1024

/** Runs synchronous work, then detaches every large buffer that it made. The work must not return one of them. */
export function releasingMemory<T>(work: () => T): T {
  const { Uint8Array: bytes, Uint32Array: words } = globalThis
  const large: ArrayBuffer[] = []
  const watching: ProxyHandler<typeof bytes | typeof words> = {
    construct(target, args, newTarget) {
      const made: Uint8Array<ArrayBuffer> = Reflect.construct(target, args, newTarget)
      if (typeof args[0] === 'number' && made.byteLength >= LARGE) large.push(made.buffer)
      return made
    },
  }
  // Nothing else runs meanwhile: the work is synchronous.
  Object.assign(globalThis, { Uint8Array: new Proxy(bytes, watching), Uint32Array: new Proxy(words, watching) })
  try {
    return work()
  } finally {
    Object.assign(globalThis, { Uint8Array: bytes, Uint32Array: words })
    for (const buffer of large) buffer.transfer(0)
  }
}
