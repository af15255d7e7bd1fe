// The durability proof: what was answered with 201 is there after a SIGKILL that came the moment the answer did.
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

/** What every 201 told us, and nothing that was read back. */
const written = []
let token

for (let round = 1; round <= rounds; round++) {
  const start = performance.now()
  const service = await startService({ dir })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  token ??= await signIn(service.url, 'register', { username: 'writer', ...account })
  const lost = await findLost(service.url, written.slice(-1))

  const post = { title: `Round ${round}`, body: `Written in round ${round}: ${crypto.randomUUID()}` }
  const answer = await asWriter(service.url, '/posts', { method: 'POST', body: JSON.stringify(post) })
  // The headers are here and the body is not read: this is the moment.
  const killed = service.kill()
  if (answer.status !== 201) throw new Error(`round ${round}: POST /posts answered ${answer.status}`)
  await killed
  written.push({ ...post, path: answer.headers.get('Location') })
  console.log(
    `round ${round}: up in ${seconds} s, ${round - 1} there, ${lost.length} lost, wrote ${written.at(-1).path}`,
  )
}

const service = await startService({ dir })
const lost = await findLost(service.url, written)
await service.stop()
for (const { title, path } of lost) console.error(`lost: ${path}, ${title}`)
console.log(`${written.length} posts written, ${written.length - lost.length} found, ${lost.length} lost`)
process.exit(lost.length > 0 ? 1 : 0)

/** The posts that are not in the list, and those of `opened` that are not there in full. */
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
    const answer = await asWriter(url, post.path)
    if (answer.status !== 200 || (await answer.json()).body !== post.body) missing.add(post)
  }
  return [...missing]
}

/** A request with the token, and with a new one where that has expired. */
async function asWriter(url, path, init = {}) {
  const send = () =>
    fetch(url + path, { ...init, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } })
  const answer = await send()
  if (answer.status !== 401) return answer
  token = await signIn(url, 'login', account)
  return send()
}

async function signIn(url, how, body) {
  const answer = await fetch(`${url}/users/${how}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`/users/${how} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()).access_token
}
