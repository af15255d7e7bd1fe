/**
 * A constant suffix that another service appended to every password before hashing. Such a hash is stored as
 * `$suffix$KEY$HASH`. The suffix itself is in the secret `PASSWORD_SUFFIXES` under `KEY`.
 */

/** The suffixes of the deployment by key. */
export type Suffixes = Readonly<Record<string, string>>

export const SUFFIX_KEY = /^[\w-]{1,32}$/

const MARKED = /^\$suffix\$([\w-]{1,32})\$(.+)$/s

export const withSuffixKey = (key: string, hash: string) => `$suffix$${key}$${hash}`

/** The hash, and the key of its suffix if it has one. */
export function splitSuffixKey(stored: string): { hash: string; key: string | undefined } {
  const [, key, hash = stored] = MARKED.exec(stored) ?? []
  return { hash, key }
}
