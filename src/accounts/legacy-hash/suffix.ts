/**
 * A constant suffix that another service appended to every password before it hashed. A hash made that way is stored as
 * `$suffix$KEY$HASH`; the suffix itself is a secret that the key names.
 */

/** The suffixes of the deployment by key. */
export type Suffixes = Readonly<Record<string, string>>

export const SUFFIX_KEY = /^[\w-]{1,32}$/

const MARKED = /^\$suffix\$([\w-]{1,32})\$(.+)$/s

export const withSuffixKey = (key: string, hash: string) => `$suffix$${key}$${hash}`

/** The hash alone, and the key of its suffix where it has one. */
export function splitSuffixKey(stored: string): { hash: string; key: string | undefined } {
  const [, key, hash = stored] = MARKED.exec(stored) ?? []
  return { hash, key }
}
