// Tests of streams, their batons and their locks.

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { run, useServer } from './testing.ts'

const { server, newName, connect, withTable, post } = useServer()

test('a writer waits for the transaction of another stream, and a reader does not', async () => {
  const client = await withTable()
  const other = await client.transaction('write')
  await other.execute("INSERT INTO users (email) VALUES ('a')")
  let written = false
  const waiting = client.execute("INSERT INTO users (email) VALUES ('b')").then(() => (written = true))
  expect((await client.execute('SELECT * FROM users')).rows).toEqual([])
  await sleep(50)
  expect(written).toBe(false)
  await other.commit()
  await waiting
  expect((await client.execute('SELECT email FROM users ORDER BY id')).rows.map((row) => row[0])).toEqual(['a', 'b'])
})

test('a lock held for five seconds passes to the waiting stream: the holder is rolled back and gets one error', async () => {
  const path = `/${newName()}/v2/pipeline`
  await post(path, { requests: [run('CREATE TABLE t (x)'), { type: 'close' }] })
  const begun = await post(path, { requests: [run('BEGIN IMMEDIATE'), run("INSERT INTO t VALUES ('holder')")] })
  let holder: string = begun.body.baton
  const keepAlive = async () => {
    holder = (await post(path, { baton: holder, requests: [] })).body.baton
  }
  const alive = setInterval(() => void keepAlive(), 100)
  const start = performance.now()
  const waited = await post(path, { requests: [run("INSERT INTO t VALUES ('waiter')"), { type: 'close' }] })
  clearInterval(alive)
  await sleep(50)
  expect(performance.now() - start).toBeGreaterThan(4_900)
  expect(performance.now() - start).toBeLessThan(15_000)
  expect(waited.body.results[0].type).toBe('ok')
  const after = await post(path, {
    baton: holder,
    requests: [run('COMMIT'), run("INSERT INTO t VALUES ('later')"), run('SELECT x FROM t'), { type: 'close' }],
  })
  const [commit, insert, select] = after.body.results
  expect(commit).toEqual({ type: 'error', error: { message: 'Transaction timed out', code: 'TRANSACTION_TIMEOUT' } })
  expect(insert.type).toBe('ok')
  expect(select.response.result.rows.map(([{ value }]: [{ value: string }]) => value)).toEqual(['waiter', 'later'])
}, 30_000)

test('a lock without a waiting stream is kept as long as its stream is open, and lost at once afterwards', async () => {
  const path = `/${newName()}/v2/pipeline`
  await post(path, { requests: [run('CREATE TABLE t (x)'), { type: 'close' }] })
  const begun = await post(path, { requests: [run('BEGIN IMMEDIATE')] })
  let holder: string = begun.body.baton
  const until = performance.now() + 5_200
  while (performance.now() < until) {
    holder = (await post(path, { baton: holder, requests: [run('SELECT 1')] })).body.baton
    await sleep(100)
  }
  const start = performance.now()
  const taken = await post(path, { requests: [run('INSERT INTO t VALUES (1)'), { type: 'close' }] })
  expect(taken.body.results[0].type).toBe('ok')
  expect(performance.now() - start).toBeLessThan(2_000)
  const late = await post(path, { baton: holder, requests: [run('SELECT 1'), { type: 'close' }] })
  expect(late.body.results[0].error.code).toBe('TRANSACTION_TIMEOUT')
}, 30_000)

test('a transaction with a stale snapshot cannot write and fails at once', async () => {
  const client = await withTable()
  const stale = await client.transaction('deferred')
  await stale.execute('SELECT * FROM users')
  await client.execute("INSERT INTO users (email) VALUES ('a')")
  await expect(stale.execute("INSERT INTO users (email) VALUES ('b')")).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
  await stale.rollback()
  await client.execute("INSERT INTO users (email) VALUES ('c')")
})

test('parallel batches that increment one counter lose nothing', async () => {
  const client = connect(newName())
  await client.batch(['CREATE TABLE counter (n INTEGER)', 'INSERT INTO counter VALUES (0)'], 'write')
  const increment = async () => {
    await client.batch(['UPDATE counter SET n = n + 1', 'UPDATE counter SET n = n + 1'], 'write')
  }
  const interactive = async () => {
    const transaction = await client.transaction('write')
    const n = (await transaction.execute('SELECT n FROM counter')).rows[0]?.['n'] ?? null
    await transaction.execute({ sql: 'UPDATE counter SET n = ? + 2', args: [n] })
    await transaction.commit()
  }
  await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? increment() : interactive())))
  expect((await client.execute('SELECT n FROM counter')).rows[0]?.['n']).toBe(40n)
})

test('a client that disconnects while it waits leaves no stream open', async () => {
  const name = newName()
  const url = `${server().databaseUrl(name)}v2/pipeline`
  const begun = await post(`/${name}/v2/pipeline`, { requests: [run('CREATE TABLE t (x)'), run('BEGIN IMMEDIATE')] })
  const abort = new AbortController()
  const body = JSON.stringify({ requests: [run('INSERT INTO t VALUES (1)')] })
  const waiting = fetch(url, { method: 'POST', body, signal: abort.signal })
  await sleep(50)
  expect(server().streams(name)).toBe(2)
  abort.abort()
  await expect(waiting).rejects.toThrow('aborted')
  await sleep(50)
  expect(server().streams(name)).toBe(1)
  await post(`/${name}/v2/pipeline`, { baton: begun.body.baton, requests: [{ type: 'close' }] })
})

test('an idle stream expires and its transaction is rolled back', async () => {
  const name = newName()
  const path = `/${name}/v2/pipeline`
  const begun = await post(path, {
    requests: [run('CREATE TABLE t (x)'), run('BEGIN IMMEDIATE'), run('INSERT INTO t VALUES (1)')],
  })
  expect(server().streams(name)).toBe(1)
  const waiter = await post(path, {
    requests: [run('INSERT INTO t VALUES (2)'), run('SELECT x FROM t'), { type: 'close' }],
  })
  expect(waiter.body.results[1].response.result.rows).toEqual([[{ type: 'integer', value: '2' }]])
  expect(await post(path, { baton: begun.body.baton, requests: [] })).toEqual({
    status: 400,
    body: 'The stream has expired due to inactivity',
  })
  expect(server().streams(name)).toBe(0)
})

test('a baton is valid once, for its database, and only if the server issued it', async () => {
  const name = newName()
  const path = `/${name}/v3/pipeline`
  const first = await post(path, { requests: [run('SELECT 1')] })
  const second = await post(path, { baton: first.body.baton, requests: [{ type: 'get_autocommit' }] })
  expect(second.body.results[0].response).toEqual({ type: 'get_autocommit', is_autocommit: true })
  expect(second.body.baton).not.toBe(first.body.baton)
  const reused = await post(path, { baton: first.body.baton, requests: [] })
  expect(reused).toEqual({ status: 400, body: 'Received a baton that has already been used' })
  const invalid = { status: 400, body: 'Received an invalid baton' }
  expect(await post(path, { baton: 'invented', requests: [] })).toEqual(invalid)
  expect(await post(`/${newName()}/v3/pipeline`, { baton: second.body.baton, requests: [] })).toEqual(invalid)
  const last = await post(path, { baton: second.body.baton, requests: [{ type: 'close' }] })
  expect(last.body.baton).toBeNull()
  expect(server().streams(name)).toBe(0)
})

test('refuses one of two concurrent requests with the same baton', async () => {
  const path = `/${newName()}/v3/pipeline`
  const { body } = await post(path, { requests: [run('SELECT 1')] })
  const both = await Promise.all([1, 2].map(() => post(path, { baton: body.baton, requests: [run('SELECT 1')] })))
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 400])
})
