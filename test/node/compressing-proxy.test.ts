/** Edits with `If-Match` behind a proxy that compresses responses and so makes their entity tags weak. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, isProblem } from '../../packages/client/src/client.ts'
import { startCompressingProxy } from '../support/node/compressing-proxy.ts'
import { runService } from '../support/node/running.ts'
import { findChromium, launch, PATIENCE } from './browser/chromium.ts'

const chromium = findChromium()
const service = runService()
let proxy: Awaited<ReturnType<typeof startCompressingProxy>>

beforeAll(async () => {
  proxy = await startCompressingProxy(service.url)
})
afterAll(() => proxy?.close())

const account = (username: string) => ({
  username,
  email: `${username}@example.com`,
  password: 'a passphrase nobody uses',
})

test('the client edits the version that it read, and learns of a conflict', async () => {
  const postern = createClient({ baseUrl: proxy.url, session: 'token' })
  const { error } = await postern.register(account('behind-a-proxy'))
  expect(error).toBeUndefined()
  const { data: post } = await postern.POST('/posts', { body: { title: 'A gate', body: 'In a wall.' } })
  const id = post?.id ?? 0
  expect(proxy.tags.at(-1)).toBe('W/"1"')
  const { data } = await postern.GET('/posts/{id}', { params: { path: { id } } })
  const edited = await postern.edit('/posts/{id}', id, { version: data?.version ?? 0, title: 'A door' })
  expect(edited.data).toMatchObject({ title: 'A door', version: 2 })
  const conflict = await postern.edit('/posts/{id}', id, { version: 1, title: 'A window' })
  expect(isProblem(conflict.error, 'version-conflict')).toBe(true)
})

describe.skipIf(!chromium)('in Chromium', () => {
  test(
    'a page edits with the weak tag that it got, and revalidates with it',
    async () => {
      const browser = await launch(chromium ?? '')
      try {
        const page = await browser.newPage()
        await page.goto(`${proxy.url}/docs`)
        const result = await page.evaluate(async (registration) => {
          const json = { 'Content-Type': 'application/json' }
          const send = (method: string, path: string, body?: object, headers = {}) =>
            fetch(path, { method, headers: { ...json, ...headers }, ...(body && { body: JSON.stringify(body) }) })
          const read = async <T>(response: Response) => (await response.json()) as T
          const registered = await send('POST', '/users/register', registration)
          const { access_token } = await read<{ access_token: string }>(registered)
          const auth = { Authorization: `Bearer ${access_token}` }
          const draft = { title: 'A gate', body: 'In a wall.', visibility: 'public' }
          const { id } = await read<{ id: number }>(await send('POST', '/posts', draft, auth))
          const first = await send('GET', `/posts/${id}`)
          const tag = first.headers.get('ETag') ?? ''
          const edit = () => send('PATCH', `/posts/${id}`, { title: crypto.randomUUID() }, { ...auth, 'If-Match': tag })
          const statuses = [(await edit()).status, (await edit()).status]
          const now = (await send('GET', `/posts/${id}`)).headers.get('ETag') ?? ''
          const again = await fetch(`/posts/${id}`, { headers: { 'If-None-Match': now }, cache: 'no-store' })
          return { tag, statuses, now, revalidated: again.status }
        }, account('in-a-browser'))
        expect(result).toEqual({ tag: 'W/"1"', statuses: [200, 412], now: 'W/"2"', revalidated: 304 })
      } finally {
        await browser.close()
      }
    },
    PATIENCE,
  )
})
