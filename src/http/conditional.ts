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
  return ifNoneMatch.trim() === '*' || parseEntityTags(ifNoneMatch).some((known) => originalOf(known) === tag)
}

/**
 * The versions that a change allows (RFC 9110 §13.1.1). Undefined allows every version. RFC 9110 requires the strong
 * comparison, because a weak tag can stand for several versions. This service makes no weak tags: a proxy that compressed
 * the response made it of a strong one, and it still names one version. So what the proxy added is ignored. The renames of
 * the author and the form are ignored too, because they do not change the item. A tag from elsewhere matches nothing.
 */
export function ifMatchVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return parseEntityTags(ifMatch).flatMap(
    (tag) => /^"([1-9]\d{0,14})(?:-\d+)?(?:-ld)?"$/.exec(originalOf(tag))?.slice(1).map(Number) ?? [],
  )
}

/** A tag without what a compressing proxy adds: nginx and Cloudflare `W/`, Apache and Caddy `-gzip`, Jetty `--gzip`. */
const originalOf = (tag: string) => tag.replace(/^W\//, '').replace(/--?(?:gzip|br|zstd|deflate)"$/, '"')

const parseEntityTags = (header: string) => header.match(/(?:W\/)?"[^"]*"/g)?.slice(0, 50) ?? []
