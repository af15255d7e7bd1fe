/** Conditional requests (RFC 9110 §13): entity tags, `If-None-Match` and `If-Match`. */

/** A strong entity tag. Every visible change increments the version, and each media type (`form`) has its own tag. */
export const entityTag = ({ version }: { version: number }, form?: string) => `"${version}${form ? `-${form}` : ''}"`

/** Whether `If-None-Match` matches the tag (RFC 9110 §13.1.2). The comparison is weak; `*` matches every tag. */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.trim() === '*' || parseEntityTags(ifNoneMatch).some((known) => known.replace(/^W\//, '') === tag)
}

/**
 * The versions in `If-Match` (RFC 9110 §13.1.1), or undefined if every version matches. The comparison is strong: a weak
 * tag, the tag of another media type and a malformed tag match no version.
 */
export function ifMatchVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return parseEntityTags(ifMatch).flatMap((tag) => /^"([1-9]\d{0,14})"$/.exec(tag)?.slice(1).map(Number) ?? [])
}

const parseEntityTags = (header: string) => header.match(/(?:W\/)?"[^"]*"/g)?.slice(0, 50) ?? []
