/** Values that are made when they are first needed: what only the document shows is not made before the document is. */

export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}
