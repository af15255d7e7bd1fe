// Durability test: kills the service (SIGKILL) as soon as a 201 arrives, and checks that the post exists after a restart.
// `node scripts/durability.mjs [rounds=50]`
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startService } from './service.mjs'

const rounds = Number(process.argv[2] ?? 50)
const account = { email: 'writer@example.com', password: 'a passphrase nobody uses' }

const dir = await mkdtemp(join(tmpdir(), 'postern-durability-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

/** The posts whose creation was confirmed with 201. */
const written = []
let token

for (let round = 1; round <= rounds; round++) {
  const start = performance.now()
  const service = await startService({ dir })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  token ??= await signIn(service.url, 'register', { username: 'writer', ...account })
  const lost = await findLost(service.url, written.slice(-1))

  const post = { title: `Round ${round}`, body: `Written in round ${round}: ${crypto.randomUUID()}` }
  const response = await asWriter(service.url, '/posts', { method: 'POST', body: JSON.stringify(post) })
  // The headers have arrived and the body has not been read.
  const killed = service.kill()
  if (response.status !== 201) throw new Error(`round ${round}: POST /posts responded with ${response.status}`)
  await killed
  written.push({ ...post, path: response.headers.get('Location') })
  console.log(
    `round ${round}: up in ${seconds} s, ${round - 1} expected, ${lost.length} lost, wrote ${written.at(-1).path}`,
  )
}

const service = await startService({ dir })
const lost = await findLost(service.url, written)
await service.stop()
for (const { title, path } of lost) console.error(`lost: ${path}, ${title}`)
console.log(`${written.length} posts written, ${written.length - lost.length} found, ${lost.length} lost`)
process.exit(lost.length > 0 ? 1 : 0)

/** The posts that are missing from the list, and those of `opened` that are missing or incomplete. */
async function findLost(url, opened) {
  const titles = new Map()
  let next = '/posts?limit=100'
  while (next) {
    const { items, next_cursor } = await (await fetch(url + next)).json()
    for (const { id, title } of items) titles.set(`/posts/${id}`, title)
    next = next_cursor && `/posts?limit=100&cursor=${encodeURIComponent(next_cursor)}`
  }
  const missing = new Set(written.filter(({ path, title }) => titles.get(path) !== title))
  for (const post of opened) {
    const response = await asWriter(url, post.path)
    if (response.status !== 200 || (await response.json()).body !== post.body) missing.add(post)
  }
  return [...missing]
}

/** Sends a request with the token, or with a new token if it has expired. */
async function asWriter(url, path, init = {}) {
  const send = () =>
    fetch(url + path, { ...init, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } })
  const response = await send()
  if (response.status !== 401) return response
  token = await signIn(url, 'login', account)
  return send()
}

async function signIn(url, how, body) {
  const response = await fetch(`${url}/users/${how}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`/users/${how} responded with ${response.status}: ${await response.text()}`)
  return (await response.json()).access_token
}
