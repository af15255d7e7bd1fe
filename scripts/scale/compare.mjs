// The rows that D1 reads and the time of one request, in both databases.
import assert from 'node:assert/strict'
import { LIMIT } from './measures.mjs'
import { signIn } from './prepare.mjs'

const WARM_UP = 5
const TRIES = 30

/** Rows read by the smaller and the larger database, and the median times of the request in milliseconds. */
export async function compare(services, { name, path, as, depth }) {
  const sides = []
  for (const { url } of services) {
    // A new token for each measure, because tokens expire.
    const headers = as ? { Authorization: `Bearer ${await signIn(url, as)}` } : {}
    const { page, deep } = depth > 1 ? await walk(url + path, headers, depth) : { page: url + path, deep: 1 }
    sides.push({ page, deep, headers, ...(await costOf(page, headers)), times: [] })
  }
  const [smaller, larger] = sides
  assert.equal(smaller.items, larger.items, `${path}: the pages differ in length`)
  for (let round = 0; round < WARM_UP + TRIES; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const start = performance.now()
      await (await get(side.page, side.headers)).arrayBuffer()
      if (round >= WARM_UP) side.times.push(performance.now() - start)
    }
  }
  return {
    name,
    items: smaller.items,
    pages: sides.map(({ deep }) => deep),
    rowsRead: sides.map(({ rowsRead }) => rowsRead),
    sqlTimes: sides.map(({ sqlTime }) => sqlTime),
    times: sides.map(({ times }) => median(times)),
  }
}

/** The cost of one request in D1: the rows, and the time of the statement (median of a few, in whole milliseconds). */
async function costOf(page, headers) {
  const counts = []
  for (let n = 0; n < 9; n++) {
    const response = await get(page, { ...headers, 'X-Count-Rows': '1' })
    assert.equal(response.status, 200, `${page} responded with ${response.status}`)
    const { items = [1] } = await response.json()
    const [rowsRead, sqlTime, statements] = JSON.parse(response.headers.get('X-Cost'))
    assert.equal(statements, 1, `${page} took ${statements} statements`)
    counts.push({ items: items.length, rowsRead, sqlTime })
  }
  return { ...counts[0], sqlTime: median(counts.map(({ sqlTime }) => sqlTime)) }
}

/** The page at `depth` of a list, or the last full page, and its depth. */
async function walk(list, headers, depth) {
  const page = new URL(list)
  // Skips several pages with one request: a cursor does not depend on the page size.
  const step = depth > 100 ? 5 : 1
  let deep = 1
  for (let cursor = null; deep <= depth; deep += step) {
    const url = new URL(list)
    url.searchParams.set('limit', String(step * LIMIT))
    if (cursor) url.searchParams.set('cursor', cursor)
    const { items, next_cursor } = await (await get(url, headers)).json()
    if (items.length < LIMIT) break
    if (cursor) page.searchParams.set('cursor', cursor)
    cursor = next_cursor
    if (!cursor) return { page: page.href, deep }
  }
  return { page: page.href, deep: deep - step }
}

const get = (url, headers) => fetch(url, { headers, signal: AbortSignal.timeout(60_000) })

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}
