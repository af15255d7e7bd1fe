/** The code of the client guide, run unchanged except for the URL of the service. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { get, type Readable } from 'svelte/store'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { effectScope, type ShallowRef } from 'vue'
import type { Me, PosternClient } from '../../../packages/client/src/client.ts'
import { runService } from '../../support/node/running.ts'
import { openBrowser, openStorage } from './browser.ts'

const service = runService()
/** A directory in the project, so that Node.js finds the packages that the guide imports. */
const directory = resolve('dist/guide-test')
const sections = new Map<string, string[]>()
let browser: ReturnType<typeof openBrowser>

beforeAll(async () => {
  const guide = await readFile('docs/client.md', 'utf8')
  for (const [, title = '', text = ''] of guide.matchAll(/^## (.*?)\n(.*?)(?=^## |(?![^]))/gms))
    sections.set(
      title,
      [...text.matchAll(/^```(?:js|tsx)\n(.*?)^```/gms)].map(([, code = '']) => code),
    )
  await mkdir(directory, { recursive: true })
  browser = openBrowser(service.url)
  vi.stubGlobal('fetch', browser.fetch)
  vi.stubGlobal('localStorage', openStorage())
  await writeCode('client', sections.get('Create a client')?.[0])
})
afterAll(async () => {
  vi.unstubAllGlobals()
  await rm(directory, { recursive: true, force: true })
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function writeCode(name: string, code = '') {
  expect(code).not.toBe('')
  await writeFile(join(directory, `${name}.js`), code.replace('https://api.example.com', browser.baseUrl))
}

async function runCode(name: string, section: string, at = 0): Promise<Record<string, unknown>> {
  await writeCode(name, sections.get(section)?.[at])
  return (await import(pathToFileURL(join(directory, `${name}.js`)).href)) as Record<string, unknown>
}

const theClient = async () => (await import(pathToFileURL(join(directory, 'client.js')).href)).postern as PosternClient
const account = { username: 'alice', email: 'alice@example.com', password: 'a passphrase nobody uses' }

test('creates a client with a storage, and returns errors by field', async () => {
  await runCode('storage', 'Create a client', 1)
  const log = vi.spyOn(console, 'log').mockReturnValue()
  await runCode('errors', 'Results and errors')
  expect(log.mock.calls).toEqual([[['password']]])
})

test('Vue and Svelte show the signed-in user until they unsubscribe', async () => {
  const postern = await theClient()
  const vue = (await runCode('vue', 'Vue')) as { useUser: () => ShallowRef<Me | null> }
  const svelte = (await runCode('svelte', 'Svelte')) as { user: Readable<Me | null> }
  const scope = effectScope()
  const inVue = scope.run(() => vue.useUser())
  const usernames: (string | undefined)[] = []
  const stop = svelte.user.subscribe((user) => usernames.push(user?.username))
  expect(inVue?.value).toBeNull()

  expect(await postern.register(account)).toHaveProperty('data.username', 'alice')
  expect(inVue?.value).toEqual(postern.user)
  expect(get(svelte.user)).toEqual(postern.user)
  stop()
  scope.stop()
  await postern.signOut()
  expect(inVue?.value).not.toBeNull()
  expect(usernames).toEqual([undefined, 'alice'])
  await postern.signIn({ username: 'alice', password: account.password })
})

test('the hook for React is the same as in the example app, which runs in a browser', async () => {
  const [, hook = ''] = /^(?:export )(const useUser = .*)$/m.exec(sections.get('React')?.[0] ?? '') ?? []
  expect(hook).not.toBe('')
  expect(await readFile('examples/board/src/postern.ts', 'utf8')).toContain(hook)
})

test('reads a list, and writes and edits an item', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue()
  await runCode('lists', 'Lists and edits')
  expect(log.mock.calls).toEqual([])
  const { data } = await (await theClient()).GET('/posts', { params: { query: { author: 'alice' } } })
  expect(data?.items.map(({ title }) => title)).toEqual(['Hello, world'])
})

test('a server acts for the user of the passed token', async () => {
  const { readMe } = (await runCode('server', 'Servers')) as { readMe: (token: string) => Promise<object> }
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ username: 'alice', password: account.password })
  const request = new Request(`${browser.baseUrl}/users/login`, { method: 'POST', headers, body })
  const { access_token } = JSON.parse(await (await browser.fetch(request)).text())
  expect(await readMe(access_token)).toMatchObject({ data: { username: 'alice' } })
  expect(await readMe('no.token')).toMatchObject({ error: { code: 'invalid-token' } })
})
