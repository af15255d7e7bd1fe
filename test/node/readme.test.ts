/** Runs every `sh` block of the README and the guides in order, against a new service. */
import { execFile } from 'node:child_process'
import { glob, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { runService } from '../support/node/running.ts'

const run = promisify(execFile)
const service = runService()

/** The code blocks of one language in a text. */
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code)

const section = (text: string, title: string) => new RegExp(`\n## ${title}\n(.*?)\n## `, 's').exec(text)?.[1] ?? ''

/**
 * Runs commands in one shell. `echo` prints each response on a separate line. The commands set every variable that they
 * use.
 */
async function runInShell(commands: string[]): Promise<string> {
  const script = commands
    .join('\necho\n')
    .replaceAll(/^(\s*)curl /gm, '$1echo; curl ')
    .replaceAll('http://127.0.0.1:8787', service.url)
  const env = { PATH: process.env['PATH'] }
  const { stdout } = await run('bash', ['--norc', '-euo', 'pipefail', '-c', script], { env })
  return stdout
}

const responses = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))

test('the commands of "Try" return what the text states', async () => {
  const readme = await readFile('README.md', 'utf8')
  const stdout = await runInShell(blocks(section(readme, 'Try'), 'sh'))
  const results = responses(stdout)
  expect(results).toMatchObject([
    { token_type: 'Bearer', user: { username: 'alice', email: 'alice@example.com' } },
    { username: 'alice', email: 'alice@example.com' },
    { id: 1, title: 'Hello', author: { username: 'alice' } },
    { items: [{ id: 1, title: 'Hello' }] },
    { id: 1, body: 'My first post.' },
    { type: '/problems/unauthenticated', status: 401 },
  ])
  expect(results[3].items[0]).not.toHaveProperty('body')
  expect(stdout).toContain('HTTP/1.1 401 Unauthorized')
  expect(stdout).toContain('WWW-Authenticate: Bearer realm="postern"')

  const shown = JSON.parse(blocks(section(readme, 'Try'), 'json')[0] ?? '')
  expect({ ...results[5], request_id: '' }).toEqual({ ...shown, request_id: '' })
})

test('the README has at most 150 lines', async () => {
  expect((await readFile('README.md', 'utf8')).split('\n').length).toBeLessThanOrEqual(151)
})

test('the README lists every setting that the service reads', async () => {
  const read = await Promise.all(['src/config.ts', 'src/mail-config.ts'].map((file) => readFile(file, 'utf8')))
  const members = [...read.join('').matchAll(/^  ([A-Z][A-Z_]+)\?:/gm)].map(([, name]) => name)
  const table = section(await readFile('README.md', 'utf8'), 'Settings')
  const listed = [...table.matchAll(/`([A-Z][A-Z_]+)[=`]/g)].map(([, name]) => name)
  expect(members.length).toBeGreaterThan(25)
  expect([...new Set(listed)].toSorted()).toEqual(members.toSorted())
})

/** The checks for the output of each guide. A guide runs as a whole, so that blocks share variables. */
const GUIDES: Record<string, (stdout: string) => void> = {
  authentication: (stdout) => {
    const results = responses(stdout)
    expect(results.filter(({ code }) => code !== undefined)).toEqual([])
    expect(results).toContainEqual(expect.objectContaining({ username: 'carol.k' }))
    expect(results).toContainEqual(expect.objectContaining({ exported_at: expect.any(String) }))
  },
  content: (stdout) => {
    const results = responses(stdout)
    expect(results.filter(({ code }) => code !== undefined)).toEqual([])
    expect(stdout).toContain('rel="next"')
    expect(results).toContainEqual(expect.objectContaining({ title: 'Hello again' }))
    expect(stdout.match(/Idempotent-Replayed: true/g)).toHaveLength(1)
    expect(results).toContainEqual(expect.objectContaining({ '@type': 'Recipe', name: 'Kimchi stew' }))
  },
  mail: (stdout) => {
    expect(stdout).toContain('HTTP/1.1 202 Accepted')
    expect(responses(stdout)).toMatchObject([{ user: { username: 'dave', email_verified: false } }])
  },
  migrating: (stdout) => {
    const [registered, signedIn, other, list] = responses(stdout)
    expect(registered).toMatchObject({ user_id: 'erin', user_email: 'erin@example.com' })
    expect(signedIn).toMatchObject({ access_token: expect.any(String), user: registered.id })
    expect(other).toMatchObject({ result: 'success', access_token: expect.any(String) })
    expect(list).toMatchObject({ result: 'success', items: expect.any(Array) })
  },
  errors: (stdout) => {
    const [invalid, all] = responses(stdout)
    expect(invalid).toMatchObject({ code: 'invalid-input' })
    expect(all.items).toContainEqual(expect.objectContaining({ code: 'invalid-input' }))
  },
}

describe.each(Object.entries(GUIDES))('docs/%s.md', (name, check) => {
  test('its commands return what the text states', async () => {
    const guide = await readFile(`docs/${name}.md`, 'utf8')
    // All documents use one database, so each registers its own username.
    const stdout = await runInShell(blocks(guide, 'sh'))
    check(stdout)
    expect(stdout).not.toBe('')
  })

  test('the service serves it as a page', async () => {
    const response = await fetch(`${service.url}/docs/guides/${name}`)
    const page = await response.text()
    expect(response.status).toBe(200)
    expect(page).toContain('<h2>')
    for (const [, link = ''] of page.matchAll(/href="([\w-]+)(?:#[^"]*)?"/g))
      expect((await fetch(`${service.url}/docs/guides/${link}`)).status).toBe(200)
  })
})

test('the error in the guide equals the response', async () => {
  const guide = await readFile('docs/errors.md', 'utf8')
  const [error] = responses(await runInShell(blocks(guide, 'sh').slice(0, 1)))
  const shown = JSON.parse(blocks(guide, 'json')[0] ?? '')
  expect({ ...error, request_id: '' }).toEqual({ ...shown, request_id: '' })
})

test('every script and every file in the documents exists', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const builtIn = new Set(['ci', 'install', 'and', 'pack'])
  for await (const file of glob(['*.md', 'docs/*.md'])) {
    const text = await readFile(file, 'utf8')
    const named = [...text.matchAll(/\bnpm (?:run )?([\w:-]+)/g)].map(([, name = '']) => name)
    expect([file, named.filter((name) => !builtIn.has(name) && !(name in scripts))]).toEqual([file, []])
    for (const [, path = ''] of text.matchAll(/\]\(((?!https?:)[\w./-]+)(?:#[\w-]*)?\)/g))
      await readFile(new URL(path, new URL(file, `file://${process.cwd()}/`)))
  }
})
