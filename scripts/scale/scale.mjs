// Compares lists and searches at a thousand and at a million posts: the rows that D1 reads, and the time.
// `npm run scale -- [rows=1000000] [authors=1000]`
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startService } from '../service.mjs'
import { fillPosts } from './fill.mjs'

// Nothing here needs the internet. wrangler reads these variables when it is loaded.
Object.assign(process.env, { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' })
const { unstable_startWorker: startWorker } = await import('wrangler')

const [rows = 1_000_000, authors = 1000] = process.argv.slice(2).map(Number)
const SMALL = 1000
const WARM_UP = 10
const TRIES = 60
/** The maximum ratio of the times of the larger and the smaller database. */
const TOLERANCE = 1.3
/** The default page size, and the depth of a deep page. */
const LIMIT = 20
const DEEP = 10_001

const account = { email: 'writer@example.com', password: 'a passphrase nobody uses' }

/** The measured requests. `isMine` sends the writer's token. `depth` is the number of the page. */
const MEASURES = [
  { name: 'list, page 1', path: '/posts' },
  { name: 'list, a deep page', path: '/posts', depth: DEEP },
  { name: 'list, page 1, with a token', path: '/posts', isMine: true },
  { name: 'an author’s list', path: '/posts?author=writer' },
  { name: 'an author’s list, a deep page', path: '/posts?author=writer', depth: 1001 },
  { name: 'own drafts', path: '/posts?status=draft', isMine: true },
  { name: 'own drafts, a deep page', path: '/posts?status=draft', isMine: true, depth: 1001 },
  { name: 'own schedule', path: '/posts?status=scheduled', isMine: true },
  { name: 'own schedule, a deep page', path: '/posts?status=scheduled', isMine: true, depth: 1001 },
  { name: 'all one’s own', path: '/posts?status=all', isMine: true },
  { name: 'all one’s own, a deep page', path: '/posts?status=all', isMine: true, depth: 1001 },
  { name: 'search, a common word', path: '/posts?q=bread' },
  { name: 'search, a common word, a deep page', path: '/posts?q=bread', depth: 1001 },
  { name: 'search, a common word (Korean)', path: '/posts?q=마늘' },
  { name: 'search, a rare word', path: '/posts?q=axolotl' },
  { name: 'search, a common and a rare word', path: '/posts?q=axolotl bread' },
  { name: 'search, a beginning', path: '/posts?q=gar' },
  { name: 'search, one letter', path: '/posts?q=g' },
  { name: 'search, of an author', path: '/posts?q=bread&author=writer' },
  { name: 'search, of an author who wrote little', path: '/posts?q=bread&author=poet' },
  { name: 'search, own drafts', path: '/posts?q=bread&status=draft', isMine: true },
  { name: 'read one', path: '/posts/425' },
  { name: 'read one, with a token', path: '/posts/403', isMine: true },
]

const dirs = []
process.on('exit', () => dirs.forEach((dir) => rmSync(dir, { recursive: true, force: true, maxRetries: 10 })))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

const services = [await prepare(SMALL), await prepare(rows)]
const results = []
for (const measure of MEASURES) results.push(await compare(measure))
await Promise.all(services.map(({ worker }) => worker.dispose()))
report()

/** A service over its own database of `count` posts. `step` is the number of pages that `walk` skips with one request. */
async function prepare(count) {
  const start = performance.now()
  const dir = await mkdtemp(join(tmpdir(), 'postern-scale-'))
  dirs.push(dir)
  // `npm start` applies the migrations, and the writer registers over HTTP.
  const service = await startService({ dir })
  await signIn(service.url, 'register', { username: 'writer', ...account })
  await service.stop()
  fillPosts(dir, count, { authors })
  const worker = await startWorker({
    config: fileURLToPath(new URL('../../wrangler.toml', import.meta.url)),
    entrypoint: fileURLToPath(new URL('worker.mjs', import.meta.url)),
    dev: {
      persist: dir,
      server: { hostname: '127.0.0.1', port: 0 },
      inspector: false,
      watch: false,
      logLevel: 'error',
    },
  })
  const { origin: url } = await worker.url
  console.log(`wrote ${count} posts in ${((performance.now() - start) / 1000).toFixed(0)} s`)
  return { url, worker, step: count > SMALL ? 5 : 1 }
}

async function signIn(url, how, body) {
  const response = await fetch(`${url}/users/${how}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.ok(response.ok, `/users/${how} responded with ${response.status}`)
  return response.json()
}

/** The rows and the time of one measure in both databases. */
async function compare({ name, path, isMine, depth = 1 }) {
  const sides = []
  for (const { url, step } of services) {
    // A new token for each measure, because tokens expire.
    const { access_token: token } = isMine ? await signIn(url, 'login', account) : {}
    const headers = token ? { Authorization: `Bearer ${token}` } : {}
    const { page, deep } = depth > 1 ? await walk(url + path, headers, depth, step) : { page: url + path, deep: 1 }
    sides.push({ page, deep, headers, ...(await costOf(page, headers)), times: [] })
  }
  assert.equal(sides[0].items, sides[1].items, `${path}: the pages differ in length`)
  for (let round = 0; round < WARM_UP + TRIES; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const start = performance.now()
      await (await fetch(side.page, { headers: side.headers })).arrayBuffer()
      if (round >= WARM_UP) side.times.push(performance.now() - start)
    }
  }
  const medians = sides.map(({ times }) => median(times))
  const ratio = medians[1] / medians[0]
  const most = mostRows(path, isMine)
  const faults = []
  if (sides.some(({ rowsRead }) => rowsRead > most)) faults.push(`reads more than ${most} rows`)
  if (ratio > TOLERANCE) faults.push('grows')
  return { name, sides, medians, ratio, faults }
}

/** The cost of one request in D1: the rows, and the time of the statement (median of a few, in whole milliseconds). */
async function costOf(page, headers) {
  const counts = []
  for (let n = 0; n < 9; n++) {
    const response = await fetch(page, { headers: { ...headers, 'X-Count-Rows': '1' } })
    assert.equal(response.status, 200, `${page} responded with ${response.status}`)
    const { items = [1] } = await response.json()
    const [rowsRead, sqlTime, statements] = JSON.parse(response.headers.get('X-Cost'))
    assert.equal(statements, 1, `${page} took ${statements} statements`)
    counts.push({ items: items.length, rowsRead, sqlTime })
  }
  return { ...counts[0], sqlTime: median(counts.map(({ sqlTime }) => sqlTime)) }
}

/** The maximum number of rows that a request reads. It does not apply to searches, because theirs depends on the words. */
function mostRows(path, isMine) {
  if (path.includes('q=')) return Infinity
  const own = path.startsWith('/posts/') ? 1 : LIMIT + 1
  // A request with a token also reads the session.
  return own + (isMine ? 1 : 0)
}

/** The page at `depth` of a list, or the last full page, and its depth. */
async function walk(list, headers, depth, step) {
  const page = new URL(list)
  let deep = 1
  for (let cursor = null; deep <= depth; deep += step) {
    // Skips several pages with one request: a cursor does not depend on the page size.
    const url = new URL(list)
    url.searchParams.set('limit', String(step * LIMIT))
    if (cursor) url.searchParams.set('cursor', cursor)
    const { items, next_cursor } = await (await fetch(url, { headers })).json()
    if (items.length < LIMIT) break
    if (cursor) page.searchParams.set('cursor', cursor)
    cursor = next_cursor
    if (!cursor) return { page: page.href, deep }
  }
  return { page: page.href, deep: deep - step }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}

function report() {
  const lines = results.map(({ name, sides, medians, ratio, faults }) => ({
    name,
    items: sides[0].items,
    page: sides.map(({ deep }) => deep).join(' / '),
    'rows read': sides.map(({ rowsRead }) => rowsRead).join(' / '),
    'SQL ms': sides.map(({ sqlTime }) => sqlTime).join(' / '),
    'request ms': medians.map((ms) => ms.toFixed(2)).join(' / '),
    ratio: ratio.toFixed(2),
    faults: faults.join(', '),
  }))
  console.table(lines)
  process.exit(lines.some(({ faults }) => faults) ? 1 : 0)
}
