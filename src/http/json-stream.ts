/** A JSON response that is streamed, so that memory holds a small part of it at a time. */

/** The size of a chunk in UTF-16 code units. A longer item is one chunk. */
const CHUNK = 64 * 1024

/** Serializes an object. Async iterables in it, at any depth, become arrays. */
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
