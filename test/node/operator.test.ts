/** `npm run operator`: grants and revokes the operator role in the database, on local D1 and on libSQL. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'
import { normalizeName } from '../../src/text.ts'

const exec = promisify(execFile)
const NAME = '홍길동’s -- "x"'

/** The exit code and the output. */
async function operator(...args: string[]): Promise<{ code: number; output: string }> {
  try {
    const { stdout } = await exec(process.execPath, ['scripts/operator.mjs', ...args])
    return { code: 0, output: stdout.trim() }
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string }
    return { code, output: stderr.trim() }
  }
}

/** Checks for every database. `user` is the name of an existing user. */
async function grantsAndRevokes(user: string, options: string[], isOperator: () => Promise<boolean>) {
  const asked = user.toUpperCase().normalize('NFD')
  expect(await operator('list', ...options)).toEqual({ code: 0, output: 'There are no operators.' })
  expect(await operator('add', 'nobody', ...options)).toEqual({ code: 1, output: 'No user has the name nobody.' })
  expect(await isOperator()).toBe(false)
  const added = await operator('add', asked, ...options)
  expect(added).toEqual({ code: 0, output: expect.stringMatching(/^.+ \(user \d+\) is an operator\.$/) })
  expect(await isOperator()).toBe(true)
  expect((await operator('add', asked, ...options)).output).toMatch(/ is already an operator\.$/)
  expect((await operator('list', ...options)).output).toBe(`${user} (user 1)`)
  expect((await operator('remove', asked, ...options)).output).toMatch(/ is not an operator\.$/)
  expect(await isOperator()).toBe(false)
  expect((await operator('remove', asked, ...options)).output).toMatch(/ is already not an operator\.$/)
}

test('wrong arguments print the usage', async () => {
  for (const args of [[], ['add'], ['list', 'x'], ['toString', 'x'], ['add', 'a', 'b'], ['add', 'a', '--nothing']]) {
    const { code, output } = await operator(...args)
    expect([code, output]).toEqual([1, expect.stringContaining('Usage: npm run operator')])
  }
})

describe('on local D1', () => {
  let dir: string
  let service: Awaited<ReturnType<typeof startService>>
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'postern-operator-'))
    service = await startService({ dir })
  }, 90_000)
  afterAll(async () => {
    await service?.kill()
    await rm(dir, { recursive: true, force: true, maxRetries: 10 })
  })

  test(
    'a grant and a revocation take effect with the next request, and are recorded',
    { timeout: 180_000 },
    async () => {
      const registration = { username: '홍길동', email: 'hong@example.com', password: 'a passphrase nobody uses' }
      const registered = await fetch(`${service.url}/users/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(registration),
      })
      const { access_token } = (await registered.json()) as { access_token: string }
      const get = (path: string) => fetch(service.url + path, { headers: { Authorization: `Bearer ${access_token}` } })
      const options = ['--persist-to', dir]
      await grantsAndRevokes('홍길동', options, async () => (await get('/operator/users')).status === 200)
      await operator('add', '홍길동', ...options)
      const { items } = (await (await get('/operator/audit')).json()) as { items: { action: string; actor: string }[] }
      expect(items.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
        'cli role-granted',
        'cli role-revoked',
        'cli role-granted',
      ])
    },
  )
})

describe('on libSQL', () => {
  const url = `${inject('libsqlServer')}/${crypto.randomUUID()}/`
  const client = createClient({ url })

  test('a name with quotes and an SQL comment is only a name', { timeout: 60_000 }, async () => {
    const files = (await readdir('drizzle')).filter((file) => file.endsWith('.sql')).toSorted()
    const texts = await Promise.all(files.map((file) => readFile(join('drizzle', file), 'utf8')))
    await client.batch(
      texts.flatMap((text) => text.split('--> statement-breakpoint')),
      'write',
    )
    await client.execute({
      sql: `INSERT INTO users (username, username_normalized, email, email_normalized, password_hash, created_at, updated_at)
        VALUES (?, ?, 'a', 'a', 'x', 1, 1)`,
      args: [NAME, normalizeName(NAME)],
    })
    await grantsAndRevokes(NAME, ['--libsql', url], async () => {
      const { rows } = await client.execute('SELECT role FROM users')
      return rows[0]?.['role'] === 'operator'
    })
    const { rows } = await client.execute('SELECT actor, action, subject, subject_user_id FROM audit_log ORDER BY id')
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['cli', 'role-granted', 'user:1', 1],
      ['cli', 'role-revoked', 'user:1', 1],
    ])
  })
})
