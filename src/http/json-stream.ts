/** JSON that is written while it is read, so that a large response never is in memory as a whole. */

/** So many UTF-16 code units are sent at once, or one item that is longer. */
const CHUNK = 64 * 1024

/** An object whose async iterables are written as arrays, item by item; in nested plain objects too. */
export function jsonStream(value: Record<string, unknown>): ReadableStream<Uint8Array> {
  const chunks = gather(write(value))
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value: chunk } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(chunk))
      },
      async cancel() {
        await chunks.return(undefined)
      },
    },
    { highWaterMark: 1 },
  )
}

async function* gather(pieces: AsyncIterable<string>): AsyncGenerator<string, undefined, undefined> {
  let chunk = ''
  for await (const piece of pieces) {
    chunk += piece
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = ''
  }
  if (chunk) yield chunk
}

async function* write(value: unknown): AsyncGenerator<string> {
  let separator = ''
  if (isAsyncIterable(value)) {
    yield '['
    for await (const item of value) {
      yield `${separator}${JSON.stringify(item)}`
      separator = ','
    }
    yield ']'
  } else if (isPlainObject(value)) {
    yield '{'
    for (const [name, member] of Object.entries(value)) {
      yield `${separator}${JSON.stringify(name)}:`
      yield* write(member)
      separator = ','
    }
    yield '}'
  } else yield JSON.stringify(value)
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
