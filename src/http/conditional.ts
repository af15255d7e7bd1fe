/** Conditional requests (RFC 9110 §13): entity tags, and what `If-None-Match` and `If-Match` ask for. */

/**
 * A strong entity tag: the version grows with every change of the item, and after it stands how often its author was
 * renamed, where that ever happened. Each form of an item has its own.
 */
export const entityTag = (item: { version: number; author_renames?: number }, form?: string) =>
  `"${[item.version, ...(item.author_renames ? [item.author_renames] : []), ...(form ? [form] : [])].join('-')}"`

/** Whether the client has it already (RFC 9110 §13.1.2): the comparison is weak, `*` is anything. */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.trim() === '*' || parseEntityTags(ifNoneMatch).some((known) => known.replace(/^W\//, '') === tag)
}

/**
 * The versions that a change may find (RFC 9110 §13.1.1): undefined where any will do. RFC 9110 has a strong comparison
 * here, because a weak tag may stand for two versions. This service makes no weak tags. One that arrives was made of a
 * strong one by a proxy that compressed the response, and still names one version; so `W/` is ignored. The author's
 * renames are ignored too: they are no change of the item. A tag of another form, or of another maker, matches nothing.
 */
export function ifMatchVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return parseEntityTags(ifMatch).flatMap(
    (tag) => /^(?:W\/)?"([1-9]\d{0,14})(?:-\d+)?"$/.exec(tag)?.slice(1).map(Number) ?? [],
  )
}

const parseEntityTags = (header: string) => header.match(/(?:W\/)?"[^"]*"/g)?.slice(0, 50) ?? []
