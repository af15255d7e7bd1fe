/** The support for tests under a base path: a replacement in a stream is the same however the stream is cut. */
import { expect, test } from 'vitest'
import { replaceInStream } from './replace-in-stream.ts'

const [FROM, TO] = ['http://a/api/', 'http://a/']

/** A stream of the text in chunks that end at these bytes, with the number of chunks read and the reason of a cancellation. */
function cut(text: string, ends: number[] = []) {
  const bytes = new TextEncoder().encode(text)
  const chunks = [...ends, bytes.length].map((end, index) => bytes.slice(ends[index - 1] ?? 0, end))
  const seen: { read: number; cancelled?: unknown } = { read: 0 }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.read++]
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
      cancel: (reason) => void (seen.cancelled = reason),
    },
    { highWaterMark: 0 },
  )
  return { stream, seen }
}

test('a match is replaced wherever the chunks end, inside a character too', async () => {
  const text = `홍${FROM}${FROM}api/é${TO}http://a/apihttp:/${FROM}x http://a/ap`
  const { length } = new TextEncoder().encode(text)
  for (let first = 0; first <= length; first++) {
    for (let second = first; second <= length; second++) {
      const replaced = replaceInStream(cut(text, [first, second]).stream, FROM, TO)
      expect(await new Response(replaced).text()).toBe(text.replaceAll(FROM, TO))
    }
  }
})

test('a chunk is read only when one is asked for, and a cancellation reaches the source', async () => {
  const { stream, seen } = cut('abcdef', [2, 4])
  const reader = replaceInStream(stream, FROM, TO).getReader()
  expect(seen.read).toBe(0)
  await reader.read()
  expect(seen.read).toBe(1)
  await reader.cancel('enough')
  expect(seen).toEqual({ read: 1, cancelled: 'enough' })
})

test('an error of the source is the error of the result', async () => {
  const failure = new Error('broken off')
  const stream = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(failure) })
  await expect(new Response(replaceInStream(stream, FROM, TO)).text()).rejects.toBe(failure)
})
