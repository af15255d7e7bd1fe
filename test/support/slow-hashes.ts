/** Hashes that take seconds in the Worker of the tests, whose modules are not bundled: see `test/node/legacy-hash.slow.test.ts`. */
export function isSlow({ hash }: { hash: string }): boolean {
  const [, iterations = ''] = /^(?:\$pbkdf2-sha256\$|pbkdf2_sha256\$|pbkdf2:sha256:)(\d+)\$/.exec(hash) ?? []
  // PBKDF2 with more iterations is not native.
  return Number(iterations) > 100_000 && Number(iterations) <= 2_000_000
}
