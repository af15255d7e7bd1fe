// What is measured: the requests, and how each Worker is signed in to.
import autocannon from 'autocannon'

export const ACCOUNT = { username: 'writer', email: 'writer@example.com', password: 'a passphrase nobody uses' }
const CREDENTIALS = { email: ACCOUNT.email, password: ACCOUNT.password }

const POST = { title: 'A gate in a wall', body: 'Small, and well guarded. '.repeat(12) }
const json = { 'Content-Type': 'application/json' }

/** A sign-in costs a hundred times what the others cost, and is CPU alone. */
export const MEASURES = [
  { name: 'list', method: 'GET', path: '/posts', connections: 16 },
  { name: 'read', method: 'GET', path: '/posts/1', connections: 16, isSignedIn: true },
  { name: 'create', method: 'POST', path: '/posts', connections: 16, isSignedIn: true, headers: json, body: POST },
  { name: 'login', method: 'POST', path: '/users/login', connections: 2, headers: json, body: CREDENTIALS },
]

const WARM_UP_SECONDS = 3

const migrated = new Set()
const send = (url, path, body, headers) =>
  fetch(url + path, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) })

/** Registers the writer with Postern. */
export const register = ({ url }) => ok(send(url, '/users/register', ACCOUNT))

/** Registers the writer with Postern and writes `count` posts. */
export async function fill(server, count) {
  const { url } = server
  const { access_token } = await register(server)
  const headers = { ...json, Authorization: `Bearer ${access_token}` }
  let left = count
  const write = async () => {
    while (left-- > 0) await ok(fetch(`${url}/posts`, { method: 'POST', headers, body: JSON.stringify(POST) }))
  }
  await Promise.all(Array.from({ length: 8 }, write))
}

/** What a signed-in request to the Worker carries. Tokens last 15 minutes: ask again before each round. */
export async function signIn({ name, url }) {
  const { username, email, password } = ACCOUNT
  if (name !== 'better-auth') {
    const { access_token } = await ok(send(url, '/users/login', { email, password }))
    return { Authorization: `Bearer ${access_token}` }
  }
  await fetch(`${url}/migrate`)
  const path = migrated.has(url) ? '/api/auth/sign-in/email' : '/api/auth/sign-up/email'
  migrated.add(url)
  const answer = await send(url, path, { email, password, name: username }, { Origin: url })
  if (!answer.ok) throw new Error(`better-auth answered ${answer.status}: ${await answer.text()}`)
  return {
    Cookie: answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  }
}

/** Has the compiler of workerd do its work before anything is measured. */
export async function warmUp(server) {
  for (const measure of MEASURES) {
    if (measure.name !== 'login') await drive(server, measure, await signIn(server), WARM_UP_SECONDS)
  }
}

/** Sends one kind of request for some seconds. Resolves to requests a second and milliseconds of CPU per request. */
export async function drive(server, { method, path, headers, body, connections, isSignedIn }, credentials, seconds) {
  // better-auth asks for a session in front of everything.
  const withToken = isSignedIn || (server.name === 'better-auth' && path !== '/users/login')
  const options = {
    url: server.url + path,
    method,
    headers: { ...headers, ...(withToken && credentials) },
    ...(body && { body: JSON.stringify(body) }),
    connections,
    duration: seconds,
  }
  const before = server.cpu()
  const start = performance.now()
  const result = await autocannon(options)
  const elapsed = (performance.now() - start) / 1000
  const cpu = server.cpu() - before
  const done = result['2xx']
  if (result.non2xx > 0 || result.errors > 0 || done === 0) {
    throw new Error(`${server.name}, ${method} ${path}: ${result.non2xx} refused, ${result.errors} failed of ${done}`)
  }
  return { rate: done / elapsed, cpu: cpu / done }
}

async function ok(sent) {
  const answer = await sent
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}
