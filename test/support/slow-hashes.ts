/** Hashes that take seconds in the tests' Worker, whose modules are not bundled: `test/node/legacy-hash.slow.test.ts` has them. */
export function isSlow({ hash }: { hash: string }): boolean {
  const [, iterations = ''] = /^(?:\$pbkdf2-sha256\$|pbkdf2_sha256\$|pbkdf2:sha256:)(\d+)\$/.exec(hash) ?? []
  // Above that PBKDF2 is not native.
  return Number(iterations) > 100_000 && Number(iterations) <= 2_000_000
}
