/** Conditional requests (RFC 9110 §13): entity tags, and what `If-None-Match` and `If-Match` ask for. */

/** A strong entity tag: the version grows with every change of what is shown, and each form of an item has its own. */
export const entityTag = ({ version }: { version: number }, form?: string) => `"${version}${form ? `-${form}` : ''}"`

/** Whether the client has it already (RFC 9110 §13.1.2): the comparison is weak, `*` is anything. */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.trim() === '*' || parseEntityTags(ifNoneMatch).some((known) => known.replace(/^W\//, '') === tag)
}

/**
 * The versions that a change may find (RFC 9110 §13.1.1): undefined where any will do. The comparison is strong: a weak
 * tag, another form's or no tag at all matches no version.
 */
export function ifMatchVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return parseEntityTags(ifMatch).flatMap((tag) => /^"([1-9]\d{0,14})"$/.exec(tag)?.slice(1).map(Number) ?? [])
}

const parseEntityTags = (header: string) => header.match(/(?:W\/)?"[^"]*"/g)?.slice(0, 50) ?? []
