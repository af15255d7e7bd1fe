/** `npm run users:import` and `users:export`: accepted and refused lines, and interrupted runs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { readD1Migrations } from '@cloudflare/vitest-plugin'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const BCRYPT = '$2b$12$LZNEvBk2viVeyBHTIgIGJOaLyg/0gpnBaW1s8vdGdcD0etjNMsGfS'
const MANY = 100_000

let dir: string
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'postern-import-'))))
afterAll(() => rm(dir, { recursive: true, force: true }))

/** A migrated libSQL database, and the environment variables for it. */
async function database() {
  const url = `${inject('libsqlServer')}/${crypto.randomUUID()}/`
  const client = createClient({ url })
  const migrations = await readD1Migrations('drizzle')
  await client.batch(
    migrations.flatMap(({ queries }) => queries),
    'write',
  )
  const users = async () => (await client.execute('select * from users order by id')).rows
  return { env: { LIBSQL_URL: url }, client, users }
}

const node = (script: string, args: string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, [script, ...args], {
    env: { ...process.env, LIBSQL_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })

async function run(script: string, args: string[], env: Record<string, string> = {}) {
  const child = node(script, args, env)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { stdout, stderr, code }
}

const runImport = (args: string[], env?: Record<string, string>) => run('scripts/users/import.mjs', args, env)
const runExport = (args: string[], env?: Record<string, string>) => run('scripts/users/export.mjs', args, env)

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(dir, `${crypto.randomUUID()}-${name}`)
  await writeFile(path, content)
  return path
}

const jsonLines = (...records: unknown[]) =>
  file(
    'users.jsonl',
    records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record))).join('\n'),
  )

test('imports names of any text and exports the same file', async () => {
  const { env, users } = await database()
  const records = [
    { username: 'kim minsu', email: 'kim@example.com', password_hash: BCRYPT, created_at: '2019-05-01T10:00:00.000Z' },
    { username: 'name@with.at', email: 'a@example.com', password_hash: BCRYPT, created_at: '2020-01-01T00:00:00.000Z' },
    { username: '라면🍜', email: '홍@example.com', password_hash: BCRYPT, created_at: '2021-01-01T00:00:00.000Z' },
    {
      username: 'm'.repeat(255),
      email: 'm@example.com',
      password_hash: BCRYPT,
      created_at: '2022-01-01T00:00:00.000Z',
    },
  ]
  const path = await jsonLines(...records)
  expect(await runImport([path], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('4 imported') })
  expect(await users()).toMatchObject([
    { username: 'kim minsu', username_normalized: 'kim minsu', email_verified_at: null, created_at: 1556704800000 },
    { username: 'name@with.at' },
    { username: '라면🍜' },
    { username: 'm'.repeat(255) },
  ])
  const out = join(dir, 'out.jsonl')
  expect((await runExport([out], env)).code).toBe(0)
  expect(await readFile(out, 'utf8')).toBe(`${await readFile(path, 'utf8')}\n`)
  // Only the owner can read the file, because hashes are secrets.
  expect((await stat(out)).mode & 0o777).toBe(0o600)
  expect(await runExport([out], env)).toMatchObject({ code: 2, stderr: expect.stringContaining('EEXIST') })
})

test('imports and exports a CSV file with quotes, line breaks and empty fields', async () => {
  const { env, users } = await database()
  const csv = [
    '\ufeffusername,email,password_hash,created_at',
    `"Kim, ""Minsu""",kim@example.com,${BCRYPT},2019-05-01 10:00:00`,
    `"two\nlines",,${BCRYPT},`,
    `lee,lee@example.com,${BCRYPT}`,
    `park,park@example.com,${BCRYPT},2019-05-01T10:00:00+09:00`,
  ].join('\r\n')
  const result = await runImport([await file('users.csv', csv), '--allow-no-email'], env)
  expect(result.code).toBe(1)
  expect(result.stderr).toContain('line 5: Not as many fields')
  const imported = await users()
  expect(imported).toMatchObject([
    { username: 'Kim, "Minsu"', created_at: 1556704800000 },
    { username: 'two\nlines', email: null, email_normalized: null },
    { username: 'park', created_at: 1556672400000 },
  ])
  const out = join(dir, 'out.csv')
  await runExport([out], env)
  const other = await database()
  expect((await runImport([out, '--allow-no-email'], other.env)).code).toBe(0)
  expect((await other.users()).map(({ username, email, created_at }) => [username, email, created_at])).toEqual(
    imported.map(({ username, email, created_at }) => [username, email, created_at]),
  )
})

test('reports the refused lines with their reasons and imports the others', async () => {
  const { env, users } = await database()
  const good = { email: 'good@example.com', password_hash: BCRYPT }
  const path = await jsonLines(
    { username: 'good', ...good },
    '{"username": ',
    { username: 'x', nickname: 'y', ...good },
    { ...good, username: undefined },
    { username: 'n'.repeat(256), email: 'n@example.com', password_hash: BCRYPT },
    { username: 'nul\u0000', email: 'nul@example.com', password_hash: BCRYPT },
    { username: 'no address', email: 'nobody', password_hash: BCRYPT },
    { username: 'weak', email: 'w@example.com', password_hash: '5f4dcc3b5aa765d61d8327deb882cf99' },
    { username: 'costly', email: 'c@example.com', password_hash: BCRYPT.replace('$12$', '$15$') },
    { username: 'ambiguous', email: 'd@example.com', password_hash: `pbkdf2:sha256$salt$${'0'.repeat(64)}` },
    { username: 'when', email: 'e@example.com', password_hash: BCRYPT, created_at: '2024-02-30T00:00:00Z' },
    { username: 'Twice', email: 'f@example.com', password_hash: BCRYPT },
    { username: 'ｔｗｉｃｅ ', email: 'g@example.com', password_hash: BCRYPT },
    { username: 'shared one', email: 'same@example.com', password_hash: BCRYPT },
    { username: 'shared two', email: 'SAME@example.com', password_hash: BCRYPT },
    '[]',
  )
  const { code, stderr, stdout } = await runImport([path], env)
  expect(code).toBe(1)
  expect(stdout).toContain('1 imported, 0 already there, 15 refused')
  for (const expected of [
    'line 2: Not JSON.',
    'line 3: Unknown field "nickname".',
    'line 4: `username` is missing',
    'line 5: `username` has 256 characters',
    'line 6: `username` has U+0000',
    'line 7: `email` is not a usable address',
    'line 8: `password_hash`: Not a supported hash format.',
    'line 9: `password_hash`: The bcrypt cost must be 4 to 14.',
    'line 10: `password_hash`: The number of iterations is missing',
    'line 11: `created_at` is not a date and time.',
    'line 12: `username` is the same name on lines 12, 13.',
    'line 13: `username` is the same name on lines 12, 13.',
    'line 14: `email` is the same address on lines 14, 15',
    'line 15: `email` is the same address on lines 14, 15',
    'line 16: Not a JSON object.',
  ]) {
    expect(stderr).toContain(expected)
  }
  expect(stderr).not.toContain(BCRYPT)
  expect(await users()).toHaveLength(1)
})

test('refuses a line that is not UTF-8, with its number', async () => {
  const { env } = await database()
  const path = await file('users.jsonl', Buffer.from('{"username":"caf\xe9"}\n', 'latin1'))
  expect((await runImport([path], env)).stderr).toContain('line 1: Not UTF-8.')
})

test('refuses a record of a CSV file that is not UTF-8, with its number, and imports the others', async () => {
  const { env, users } = await database()
  const [bad, good] = [`caf\xe9,a@example.com,${BCRYPT}`, `lee,lee@example.com,${BCRYPT}`]
  const path = await file('users.csv', Buffer.from(`username,email,password_hash\n${bad}\n${good}\n`, 'latin1'))
  expect(await runImport([path], env)).toMatchObject({ code: 1, stderr: expect.stringContaining('line 2: Not UTF-8.') })
  expect(await users()).toMatchObject([{ username: 'lee' }])
})

test('refuses a CSV file with two columns of one name', async () => {
  const { env, users } = await database()
  const path = await file('users.csv', `username,username,password_hash\nkim,lee,${BCRYPT}\n`)
  const expected = 'The header line has two columns "username".'
  expect(await runImport([path], env)).toMatchObject({ code: 2, stderr: expect.stringContaining(expected) })
  expect(await users()).toEqual([])
})

test.each([
  ['2019-05-01 10:00:00+00', 1556704800000],
  ['2019-05-01 10:00:00.25+09', 1556672400250],
  ['2019-05-01T10:00:00-0330', 1556717400000],
])('reads the time %s, whose offset is written as PostgreSQL writes it', async (created_at, expected) => {
  const { env, users } = await database()
  const path = await jsonLines({ username: 'kim', email: 'kim@example.com', password_hash: BCRYPT, created_at })
  await runImport([path], env)
  expect(await users()).toMatchObject([{ created_at: expected }])
})

test('--allow-no-email imports users with an unusable or shared address without an address', async () => {
  const { env, users } = await database()
  const path = await jsonLines(
    { username: 'none', password_hash: BCRYPT },
    { username: 'unusable', email: 'nobody', password_hash: BCRYPT },
    { username: 'one', email: 'same@example.com', password_hash: BCRYPT },
    { username: 'two', email: 'same@example.com', password_hash: BCRYPT },
  )
  expect((await runImport([path, '--allow-no-email'], env)).code).toBe(0)
  expect((await users()).map(({ username, email }) => [username, email])).toEqual([
    ['none', null],
    ['unusable', null],
    ['one', null],
    ['two', null],
  ])
})

test('--dry-run reports the same and writes nothing', async () => {
  const { env, users } = await database()
  const path = await jsonLines({ username: 'kim', email: 'kim@example.com', password_hash: BCRYPT })
  expect((await runImport([path, '--dry-run'], env)).stdout).toContain('1 would be imported')
  expect(await users()).toEqual([])
})

test('a second run adds nothing, even after a first sign-in, and does not change other users', async () => {
  const { env, client, users } = await database()
  const record = {
    username: 'kim',
    email: 'kim@example.com',
    password_hash: BCRYPT,
    created_at: '2020-01-01T00:00:00Z',
  }
  const path = await jsonLines(record)
  await runImport([path], env)
  await client.execute("update users set password_hash = 'made anew', email = null, email_normalized = null")
  expect((await runImport([path], env)).stdout).toContain('0 imported, 1 already there, 0 refused')
  const stranger = await jsonLines({ ...record, email: 'other@example.com', created_at: '2021-01-01T00:00:00Z' })
  const refused = await runImport([stranger], env)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('line 1: Another user in the database has this `username`.')
  expect(await users()).toMatchObject([{ password_hash: 'made anew' }])
})

test('refuses an address of another user, or omits it with --allow-no-email', async () => {
  const { env, users } = await database()
  const first = { username: 'kim', email: 'kim@example.com', password_hash: BCRYPT, created_at: '2020-01-01T00:00:00Z' }
  await runImport([await jsonLines(first)], env)
  const second = await jsonLines({ ...first, username: 'lee' })
  expect((await runImport([second], env)).stderr).toContain('line 1: Another user in the database has this `email`')
  expect((await runImport([second, '--allow-no-email'], env)).code).toBe(0)
  expect(await users()).toMatchObject([{ email: 'kim@example.com' }, { username: 'lee', email: null }])
})

test('the suffix key is stored with the hashes of the file and exported with them', async () => {
  const { env, users } = await database()
  const record = {
    username: 'kim',
    email: 'kim@example.com',
    password_hash: BCRYPT,
    created_at: '2020-01-01T00:00:00.000Z',
  }
  expect((await runImport([await jsonLines(record), '--password-suffix', 'sea'], env)).code).toBe(0)
  expect(await users()).toMatchObject([{ password_hash: `$suffix$sea$${BCRYPT}` }])
  const out = join(dir, 'suffix.jsonl')
  await runExport([out], env)
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual({ ...record, password_suffix: 'sea' })
  const other = await database()
  await runImport([out], other.env)
  expect(await other.users()).toMatchObject([{ password_hash: `$suffix$sea$${BCRYPT}` }])
})

test.each([
  [[], 'Exactly one file is required'],
  [['a', 'b'], 'Exactly one file is required'],
  [['a', '--colour'], "Unknown option '--colour'"],
  [['a', '--password-suffix', 'no spaces'], 'KEY must have 1 to 32'],
  [['/nowhere/users.jsonl'], 'ENOENT'],
])('reports the invalid arguments %j and does nothing', async (args, message) => {
  expect(await runImport(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
})

test(
  'an import of 100,000 users that is killed and repeated imports exactly 100,000',
  { timeout: 300_000 },
  async () => {
    const persist = join(dir, 'state')
    const wrangler = ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', persist]
    expect((await run('node_modules/wrangler/bin/wrangler.js', wrangler)).code).toBe(0)
    const lines = Array.from({ length: MANY }, (_, n) =>
      JSON.stringify({ username: `user ${n}`, email: `user${n}@example.com`, password_hash: BCRYPT }),
    )
    const path = await file('many.jsonl', lines.join('\n'))
    const args = [path, '--persist-to', persist]

    const child = node('scripts/users/import.mjs', args)
    let progress = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (progress += chunk))
    while (!progress.includes(' of ')) await sleep(5)
    await sleep(Math.random() * 1500)
    // The whole group: workerd too, which holds the database.
    process.kill(-(child.pid ?? NaN), 'SIGKILL')
    await once(child, 'exit')

    const { stdout, stderr, code } = await runImport(args)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const [, added, present] = /: (\d+) imported, (\d+) already there, 0 refused/.exec(stdout) ?? []
    expect(Number(added) + Number(present)).toBe(MANY)
    expect(Number(present)).toBeGreaterThan(0)
    const out = join(dir, 'many-out.jsonl')
    await runExport([out, '--persist-to', persist])
    const names = (await readFile(out, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).username)
    expect(new Set(names).size).toBe(MANY)
    expect(names).toHaveLength(MANY)
  },
)
