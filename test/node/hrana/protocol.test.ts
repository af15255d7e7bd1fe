// Tests of the protocol: HTTP requests, and the responses of a pipeline.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client/http'
import { expect, test } from 'vitest'
import { startHranaServer } from './server.ts'
import { run, useServer } from './testing.ts'

const { server, newName, connect, post } = useServer()

test('requests of a pipeline run after a failed one, and can use stored SQL', async () => {
  const { body } = await post(`/${newName()}/v2/pipeline`, {
    requests: [
      run('SELECT * FROM nope'),
      { type: 'store_sql', sql_id: 7, sql: 'SELECT ? AS x' },
      { type: 'execute', stmt: { sql_id: 7, args: [{ type: 'blob', base64: '/w' }] } },
      run('SELECT 1', { want_rows: false }),
      { type: 'close_sql', sql_id: 7 },
      { type: 'describe', sql: 'SELECT 1' },
      { type: 'close' },
    ],
  })
  const col = (name: string) => ({ name, decltype: null })
  const result = { affected_row_count: 0, last_insert_rowid: null }
  expect(body).toEqual({
    baton: null,
    base_url: null,
    results: [
      { type: 'error', error: { message: 'SQLite error: no such table: nope', code: 'SQLITE_UNKNOWN' } },
      { type: 'ok', response: { type: 'store_sql' } },
      {
        type: 'ok',
        response: {
          type: 'execute',
          result: { ...result, cols: [col('x')], rows: [[{ type: 'blob', base64: '/w' }]] },
        },
      },
      { type: 'ok', response: { type: 'execute', result: { ...result, cols: [col('1')], rows: [] } } },
      { type: 'ok', response: { type: 'close_sql' } },
      { type: 'error', error: { message: expect.any(String), code: 'NOT_SUPPORTED' } },
      { type: 'ok', response: { type: 'close' } },
    ],
  })
})

test('the steps of a batch run if their conditions hold', async () => {
  const step = (condition: unknown, statement = 'SELECT 1') => ({ condition, stmt: { sql: statement } })
  const ok = (index: number) => ({ type: 'ok', step: index })
  const error = (index: number) => ({ type: 'error', step: index })
  const steps = [
    step(null),
    step(null, 'SELECT * FROM nope'),
    step(ok(0)),
    step(ok(1)),
    step(error(1)),
    step(error(3)),
    step({ type: 'not', cond: ok(3) }),
    step({ type: 'and', conds: [ok(0), ok(1)] }),
    step({ type: 'or', conds: [ok(0), ok(1)] }),
    step({ type: 'is_autocommit' }),
    step(null, 'BEGIN'),
    step({ type: 'is_autocommit' }),
  ]
  const path = `/${newName()}/v3/pipeline`
  const { body } = await post(path, { requests: [{ type: 'batch', batch: { steps } }, { type: 'close' }] })
  const { step_results, step_errors } = body.results[0].response.result
  expect(step_results.map((result: unknown) => result !== null)).toEqual(
    [1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0].map(Boolean),
  )
  expect(step_errors.map((each: unknown) => each !== null)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].map(Boolean))
})

test('refuses a request without the token', async () => {
  const guarded = await startHranaServer({ authToken: 'secret' })
  const execute = (authToken?: string) =>
    createClient({ url: guarded.url, ...(authToken !== undefined && { authToken }) }).execute('SELECT 1')
  await expect(execute()).rejects.toMatchObject({ code: 'SERVER_ERROR', message: expect.stringContaining('401') })
  await expect(execute('wrong')).rejects.toMatchObject({ code: 'SERVER_ERROR' })
  expect((await execute('secret')).rows).toHaveLength(1)
  expect(guarded.requests()).toBe(1)
  await guarded.close()
})

test('returns 404 for other paths, and an error for an invalid request', async () => {
  const status = async (path: string) => (await fetch(server().url + path)).status
  expect(await Promise.all(['/v2', '/v3', '/name/v2', '/name/v3'].map(status))).toEqual([200, 200, 200, 200])
  const missing = [
    '/',
    '/v1',
    '/v2/pipeline',
    '/v3-protobuf',
    '/a.b/v2',
    `/${'x'.repeat(65)}/v2`,
    '/a/b/v2',
    '/..%2f/v2',
  ]
  expect(await Promise.all(missing.map(status))).toEqual(missing.map(() => 404))
  const deep = `{"type":"not","cond":`.repeat(20_000)
  const bad: unknown[] = [
    '',
    '{',
    'null',
    '{}',
    { requests: [{ type: 'unknown' }] },
    { requests: [run('SELECT ?', { args: [{ type: 'integer', value: '9223372036854775808' }] })] },
    { requests: [run('SELECT ?', { args: [{ type: 'integer', value: 1 }] })] },
    { requests: [run('SELECT ?', { args: [{ type: 'blob', base64: '!' }] })] },
    { requests: [{ type: 'execute', stmt: { sql_id: 1 } }] },
    { requests: [{ type: 'close' }, run('SELECT 1')] },
    {
      requests: [
        { type: 'batch', batch: { steps: [{ condition: { type: 'ok', step: 0 }, stmt: { sql: 'SELECT 1' } }] } },
      ],
    },
    `{"requests":[{"type":"batch","batch":{"steps":[{"condition":${deep}{"type":"is_autocommit"}${'}'.repeat(20_000)},"stmt":{"sql":"x"}}]}}]}`,
  ]
  const name = newName()
  for (const body of bad) {
    expect(await post(`/${name}/v2/pipeline`, body)).toEqual({ status: 400, body: expect.stringMatching(/^\S/) })
  }
  expect(server().requests(name)).toBe(bad.length)
  expect(server().streams(name)).toBe(0)
  expect((await post(`/${name}/v2/pipeline`, 'x'.repeat(11 * 1024 * 1024))).status).toBe(413)
})

test('the databases of a server are separate, and their requests are counted', async () => {
  const [one, two] = [newName(), newName()]
  await connect(one).execute('CREATE TABLE t (x)')
  await connect(one).batch(['INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (2)'], 'write')
  await expect(connect(two).execute('SELECT * FROM t')).rejects.toThrow('no such table')
  expect([server().requests(one), server().requests(two), server().requests('unused')]).toEqual([2, 1, 0])
})

test('runs as a program and stops on SIGTERM', async () => {
  const program = fileURLToPath(new URL('server.ts', import.meta.url))
  const child = spawn(process.execPath, [program, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const url = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(String(line))?.[1] ?? ''
  const client = createClient({ url })
  await client.execute('CREATE TABLE t (x)')
  const open = await client.transaction('write')
  await open.execute('INSERT INTO t VALUES (1)')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
