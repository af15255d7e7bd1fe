// The measured requests, and the sign-in to each Worker.
import autocannon from 'autocannon'

export const ACCOUNT = { username: 'writer', email: 'writer@example.com', password: 'a passphrase nobody uses' }
const CREDENTIALS = { email: ACCOUNT.email, password: ACCOUNT.password }

const POST = { title: 'A gate in a wall', body: 'Small, and well guarded. '.repeat(12) }
const json = { 'Content-Type': 'application/json' }

/** The requests. A sign-in costs a hundred times as much as the others, and its cost is CPU only. */
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

/** The headers of a signed-in request to the Worker. Tokens are valid for 15 minutes, so each round signs in again. */
export async function signIn({ name, url }) {
  const { username, email, password } = ACCOUNT
  if (name !== 'better-auth') {
    const { access_token } = await ok(send(url, '/users/login', { email, password }))
    return { Authorization: `Bearer ${access_token}` }
  }
  await fetch(`${url}/migrate`)
  const path = migrated.has(url) ? '/api/auth/sign-in/email' : '/api/auth/sign-up/email'
  migrated.add(url)
  const response = await send(url, path, { email, password, name: username }, { Origin: url })
  if (!response.ok) throw new Error(`better-auth responded with ${response.status}: ${await response.text()}`)
  return {
    Cookie: response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  }
}

/** Sends requests before the measurement, so that workerd has compiled the code. */
export async function warmUp(server) {
  for (const measure of MEASURES) {
    if (measure.name !== 'login') await drive(server, measure, await signIn(server), WARM_UP_SECONDS)
  }
}

/** Sends one type of request for some seconds. Resolves to requests per second and milliseconds of CPU per request. */
export async function drive(server, { method, path, headers, body, connections, isSignedIn }, credentials, seconds) {
  // The better-auth Worker requires a session for every other request.
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
  const response = await sent
  if (!response.ok) throw new Error(`${response.url} responded with ${response.status}: ${await response.text()}`)
  return response.json()
}
