/** Conditional requests (RFC 9110 §13): entity tags, `If-None-Match` and `If-Match`. */

/**
 * A strong entity tag: the version of the item, then the number of renames of its author if there are any, then the form
 * if it is not plain JSON. So it changes with every change of the response.
 */
export const entityTag = (item: { version: number; author_renames?: number }, form?: string) =>
  `"${[item.version, ...(item.author_renames ? [item.author_renames] : []), ...(form ? [form] : [])].join('-')}"`

/** Whether the client has the current response (RFC 9110 §13.1.2). The comparison is weak. */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.trim() === '*' || parseEntityTags(ifNoneMatch).some((known) => known.replace(/^W\//, '') === tag)
}

/**
 * The versions that a change allows (RFC 9110 §13.1.1). Undefined allows every version. RFC 9110 requires the strong
 * comparison, because a weak tag can stand for several versions. This service makes no weak tags: a proxy that compressed
 * the response made it of a strong one, and it still names one version. So `W/` is ignored. The renames of the author are
 * ignored too, because they do not change the item. A tag of another form, or from elsewhere, matches nothing.
 */
export function ifMatchVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return parseEntityTags(ifMatch).flatMap(
    (tag) => /^(?:W\/)?"([1-9]\d{0,14})(?:-\d+)?"$/.exec(tag)?.slice(1).map(Number) ?? [],
  )
}

const parseEntityTags = (header: string) => header.match(/(?:W\/)?"[^"]*"/g)?.slice(0, 50) ?? []
