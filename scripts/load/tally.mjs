// Counts requests by type, measures their time, and checks their status.

/** The maximum number of unexpected responses that are kept. */
const SAMPLES = 10
/** The time limit of a request in milliseconds. */
const TIMEOUT = 30_000

/** A response with an unexpected status. */
export class UnexpectedStatus extends Error {}

/**
 * Counts every request that is sent through it.
 *
 * @param {string} url where the service is
 */
export function startTally(url) {
  /** @type {Map<string, { times: number[], statuses: Record<string, number> }>} */
  const requestTypes = new Map()
  /** @type {string[]} */
  const samples = []
  const count = { requests: 0, serverErrors: 0, unexpected: 0 }

  /**
   * Sends one request and counts it. Resolves to a response with one of the `expected` statuses. Throws `UnexpectedStatus`.
   *
   * @param {string} requestType what it is counted as
   * @param {number[]} expected
   * @param {string} path
   * @param {RequestInit} init
   */
  async function send(requestType, expected, path, init) {
    const start = performance.now()
    const { status, headers, text } = await ask(url + path, init)
    const time = performance.now() - start
    const entry = requestTypes.get(requestType) ?? { times: [], statuses: {} }
    requestTypes.set(requestType, entry)
    entry.times.push(time)
    entry.statuses[status] = (entry.statuses[status] ?? 0) + 1
    count.requests++
    if (expected.includes(Number(status))) return { status, headers, text }
    count.unexpected++
    if (Number(status) >= 500) count.serverErrors++
    if (samples.length < SAMPLES)
      samples.push(`${requestType}: ${init.method} ${path}: ${status} ${text.slice(0, 500)}`)
    throw new UnexpectedStatus(`${requestType}: ${status}`)
  }
  return { send, requestTypes, samples, count }
}

/** Sends a request. Without a response, the status is the name of the error. */
async function ask(url, init) {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT) })
    return { status: response.status, headers: response.headers, text: await response.text() }
  } catch (error) {
    return { status: error.name, headers: new Headers(), text: String(error.cause ?? error) }
  }
}

/**
 * A table with a row for each request type, the most frequent first, and one for all. Times are in milliseconds.
 *
 * @param {ReturnType<typeof startTally>['requestTypes']} requestTypes
 */
export function tabulate(requestTypes) {
  const all = { times: [...requestTypes.values()].flatMap(({ times }) => times), statuses: sumOfStatuses(requestTypes) }
  const sorted = [...requestTypes].toSorted(([, a], [, b]) => b.times.length - a.times.length)
  const lines = [...sorted, /** @type {const} */ (['all', all])].map(([requestType, { times, statuses }]) => {
    const inOrder = times.toSorted((a, b) => a - b)
    const at = (share) => inOrder[Math.ceil(share * inOrder.length) - 1]?.toFixed(1)
    const counted = Object.entries(statuses).map(([status, n]) => `${status}: ${n}`)
    return [requestType, times.length, at(0.5), at(0.99), counted.join(', ')]
  })
  return [['request', 'requests', 'median', 'p99', 'statuses'], ...lines].map(toLine).join('\n')
}

const toLine = ([requestType, requests, median, p99, statuses]) =>
  [
    requestType.padEnd(24),
    ...[requests, median, p99].map((figure) => String(figure).padStart(9)),
    `  ${statuses}`,
  ].join('')

function sumOfStatuses(requestTypes) {
  const sum = {}
  for (const { statuses } of requestTypes.values()) {
    for (const [status, n] of Object.entries(statuses)) sum[status] = (sum[status] ?? 0) + n
  }
  return sum
}
