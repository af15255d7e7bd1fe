/** Values that are computed at first use, such as the parts of the OpenAPI document. */

/** The type parameter is that of the function: with the type of its result, `.openapi` would infer `ZodType`. */
export function lazy<F extends () => unknown>(make: F): () => ReturnType<F>
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/**
 * A regular expression with Unicode properties. V8 reads every property in the literals of a script when it parses the
 * script, which took 7 ms of the start-up. A string is read at first use.
 */
export const lazyRegExp = (source: string, flags: string): (() => RegExp) => lazy(() => new RegExp(source, flags))

/** The same as `lazy` for each key, such as the statements of a table. */
export function oncePer<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new WeakMap<K, { value: T }>()
  return (key) => {
    const found = made.get(key) ?? { value: make(key) }
    made.set(key, found)
    return found.value
  }
}
