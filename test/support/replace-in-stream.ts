/** Replaces a string in a stream of UTF-8, and reads a chunk only when one is asked for. */
export function replaceInStream(
  body: ReadableStream<Uint8Array>,
  from: string,
  to: string,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
  const encoder = new TextEncoder()
  let held = ''
  return new ReadableStream(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read()
          const parts = (held + decoder.decode(value, { stream: !done })).split(from)
          const rest = parts.pop() ?? ''
          const kept = done ? 0 : lengthOfBeginning(rest, from)
          held = rest.slice(rest.length - kept)
          const text = [...parts, rest.slice(0, rest.length - kept)].join(to)
          if (text) controller.enqueue(encoder.encode(text))
          if (done) return controller.close()
          if (text) return
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** The length of the longest end of a text with which `whole` begins: a match can continue in the next chunk. */
function lengthOfBeginning(text: string, whole: string): number {
  for (let length = Math.min(text.length, whole.length - 1); length > 0; length--) {
    if (text.endsWith(whole.slice(0, length))) return length
  }
  return 0
}
