/** The packed client: installed alone, compiled and run. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runService } from '../../support/node/running.ts'

const run = promisify(execFile)
const project = process.cwd()

const service = runService()
let app: string
let tarball: string

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'postern-app-'))
  // The package has no dependencies, so nothing is downloaded.
  const env = { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false' }
  await run('npm', ['pack', '--workspace', 'packages/client', '--pack-destination', app], { env })
  tarball = join(app, (await readdir(app)).find((file) => file.endsWith('.tgz')) ?? '')
  await writeFile(join(app, 'package.json'), '{"type":"module"}')
  await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: app, env })
}, 120_000)

afterAll(async () => {
  await rm(app, { recursive: true, force: true })
})

test('the package contains only the client and has no dependencies', async () => {
  const sources = await readdir('packages/client/src')
  const built = sources.flatMap((file) => [file.replace(/ts$/, 'd.ts'), file.replace(/ts$/, 'js')])
  const modules = join(app, 'node_modules')
  const installed = await readdir(modules, { recursive: true, withFileTypes: true })
  const files = installed.filter((entry) => entry.isFile()).map(({ name }) => name)
  expect(files.toSorted()).toEqual([...built, 'LICENSE', 'README.md', 'package.json', '.package-lock.json'].toSorted())
  expect((await stat(tarball)).size).toBeLessThan(40_000)
})

test('the client has at most 6 kB in a compressed bundle', async () => {
  const entry = join(app, 'bundle.js')
  await writeFile(entry, "export * from '@postern/client'")
  const lib = { entry, formats: ['es' as const] }
  const built = await build({ root: app, logLevel: 'silent', build: { lib, write: false, minify: 'oxc' } })
  const [output] = Array.isArray(built) ? built.flatMap((one) => one.output) : []
  const code = output?.type === 'chunk' ? output.code : ''
  expect(code).toContain('Idempotency-Key')
  const bytes = gzipSync(code).length
  process.stdout.write(`@postern/client: ${bytes} bytes, minified and gzipped\n`)
  expect(bytes).toBeLessThan(6_000)
})

/** An app in TypeScript. The compiler removes the types, and Node.js runs it. */
const APP = `
import { createClient, isProblem, type Me } from '@postern/client'

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
// @ts-expect-error A post requires a body.
const { error } = await client.POST('/posts', { body: { title: 'A gate in a wall' } })
const { data: user } = await open().restore()
const reader: Me | null | undefined = user
const { data } = await open().GET('/posts')
const isInvalid = isProblem(error, 'invalid-input')
console.log(JSON.stringify([reader?.username, isInvalid, data?.items.map(({ title }) => title)]))
`

test('an app compiles in strict mode with TypeScript 7 and 5, and runs in Node.js', async () => {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom'],
    module: 'nodenext',
    types: [],
    strict: true,
    skipLibCheck: false,
  }
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.mts'] }))
  await writeFile(join(app, 'app.mts'), APP.replace('{{url}}', service.url))
  const compilers = ['node_modules/typescript/bin/tsc', 'scripts/client-types/node_modules/typescript/bin/tsc']
  const versions = []
  for (const compiler of compilers) {
    const tsc = (...args: string[]) => run(process.execPath, [join(project, compiler), ...args])
    versions.push((await tsc('--version')).stdout.trim())
    for (const exact of ['true', 'false']) {
      await tsc('-p', app, '--exactOptionalPropertyTypes', exact).catch(({ stdout }) => expect(stdout).toBe(''))
    }
  }
  expect(versions).toEqual([expect.stringMatching(/^Version 7\./), expect.stringMatching(/^Version 5\./)])
  const { stdout, stderr } = await run(process.execPath, ['app.mjs'], { cwd: app, timeout: 90_000 })
  expect(JSON.parse(stdout)).toEqual(['reader', true, ['A gate in a wall']])
  expect(stderr).toBe('')
})

test('the example of its README runs in each installed Node.js', async () => {
  const readme = await readFile(join(app, 'node_modules/@postern/client/README.md'), 'utf8')
  const [, example = ''] = /```js\n(.*?)```/s.exec(readme) ?? []
  expect(example).toContain("'https://api.example.com'")
  const { stdout: found } = await run('which', ['-a', 'node'])
  const nodes = [...new Set([process.execPath, ...found.trim().split('\n')])]
  for (const [at, node] of nodes.entries()) {
    const code = example.replace('https://api.example.com', service.url).replaceAll('alice', `alice${at}`)
    await mkdir(join(app, 'readme'), { recursive: true })
    await writeFile(join(app, 'readme/example.mjs'), code)
    const { stdout, stderr } = await run(node, ['readme/example.mjs'], { cwd: app, timeout: 90_000 })
    expect(stdout.trim().split('\n')).toEqual([`Signed in as alice${at}`, 'Hello', 'Signed out'])
    expect(stderr).toBe('')
    const posts = await (await fetch(`${service.url}/posts?author=alice${at}`)).text()
    expect(posts).toContain('Hello, world')
  }
})
