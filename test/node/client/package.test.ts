/** The client as an app gets it: packed, unpacked, compiled against and used; and its types, held against the document. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { generateTypes } from '../../../scripts/client-types/generate.mjs'
import { runService } from '../../support/node/running.ts'
import { newAccount, openBrowser, openStorage } from './browser.ts'

const run = promisify(execFile)
const project = process.cwd()

const service = runService()
let app: string

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'postern-app-'))
  const installed = join(app, 'node_modules/postern')
  await mkdir(installed, { recursive: true })
  const offline = { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false' }
  await run('npm', ['pack', '--pack-destination', app], { env: offline })
  const packed = (await readdir(app)).find((file) => file.endsWith('.tgz')) ?? ''
  await run('tar', ['-xzf', join(app, packed), '-C', installed, '--strip-components=1'])
  await symlink(join(project, 'node_modules/openapi-fetch'), join(app, 'node_modules/openapi-fetch'))
}, 90_000)

afterAll(async () => {
  await rm(app, { recursive: true, force: true })
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('the types are those of the document that the service serves', async () => {
  const document = await (await fetch(`${service.url}/openapi.json`)).text()
  const isCurrent = (await generateTypes(document)) === (await readFile('client/schema.ts', 'utf8'))
  expect(isCurrent, 'client/schema.ts is not what /openapi.json says any more: run `npm run client`').toBe(true)
})

test('the package has the client, and nothing of the service', async () => {
  const sources = (await readdir('client')).filter((file) => file.endsWith('.ts'))
  const built = sources.flatMap((file) => [file.replace(/ts$/, 'd.ts'), file.replace(/ts$/, 'js')])
  const installed = await readdir(join(app, 'node_modules/postern'), { recursive: true, withFileTypes: true })
  const files = installed.filter((entry) => entry.isFile()).map(({ name }) => name)
  expect(files.toSorted()).toEqual([...built, 'LICENSE', 'README.md', 'package.json'].toSorted())
})

/** An app in TypeScript; the compiler takes the types off, and Node.js runs it. */
const APP = `
import { createClient, type Me } from 'postern/client'

const items = new Map<string, string>()
const storage = {
  getItem: (key: string) => items.get(key) ?? null,
  setItem: (key: string, value: string) => void items.set(key, value),
  removeItem: (key: string) => void items.delete(key),
}
const open = () => createClient({ baseUrl: '{{url}}', session: 'token', storage })

const client = open()
await client.register({ username: 'reader', email: 'reader@example.com', password: 'a passphrase nobody uses' })
await client.POST('/posts', { body: { title: 'A gate in a wall', body: 'Small, and well guarded.' } })
// @ts-expect-error A post has a body.
const { error } = await client.POST('/posts', { body: { title: 'A gate in a wall' } })
const user: Me | null = await open().restore()
const { data } = await open().GET('/posts')
console.log(JSON.stringify([user?.username, error?.status, data?.items.map(({ title }) => title)]))
`

test('an app compiles against it, strictly, and Node.js runs the app to its end', async () => {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom'],
    module: 'nodenext',
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
  }
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.mts'] }))
  await writeFile(join(app, 'app.mts'), APP.replace('{{url}}', service.url))
  await run(join(project, 'node_modules/.bin/tsc'), ['-p', app]).catch(({ stdout }) => expect(stdout).toBe(''))
  const { stdout, stderr } = await run(process.execPath, ['app.mjs'], { cwd: app, timeout: 90_000 })
  expect(JSON.parse(stdout)).toEqual(['reader', 422, ['A gate in a wall']])
  expect(stderr).toBe('')
})

test('the README’s examples do what they show, in a page and with a storage', async () => {
  const readme = await readFile('README.md', 'utf8')
  const section = /\n## Use it from an app\n(.*?)\n## /s.exec(readme)?.[1] ?? ''
  const [inPage, withStorage, ...others] = [...section.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)
  expect(others).toEqual([])
  const browser = openBrowser(service.url)
  vi.stubGlobal('fetch', browser.fetch)
  vi.stubGlobal('localStorage', openStorage())
  const told = vi.spyOn(console, 'log').mockReturnValue()
  await browser.openTab().register({ ...newAccount(), username: '홍길동', password: 'correct horse battery staple' })

  await runExample('page', inPage, browser.baseUrl)
  const post = expect.objectContaining({ title: 'A gate in a wall', body: 'Small, and well guarded.' })
  const wall = { items: [expect.objectContaining({ title: 'A gate in a wall' })], next_cursor: null }
  expect(told.mock.calls).toEqual([['Signed in as 홍길동'], [post, wall], ['Signed out']])
  expect(browser.sent.slice(1)).toEqual([
    'POST /users/refresh',
    'POST /users/login',
    'POST /posts',
    'GET /posts',
    'POST /users/logout',
  ])
  await runExample('storage', withStorage, browser.baseUrl)
})

/** Runs an example as it stands, but for where the service is. */
async function runExample(name: string, code = '', baseUrl: string) {
  expect(code).toContain("'https://api.example.com'")
  const file = join(app, `${name}.mjs`)
  await writeFile(file, code.replace('https://api.example.com', baseUrl))
  await import(pathToFileURL(file).href)
}
