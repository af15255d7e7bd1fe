/** The README, done as it says: each command of "Try it", against a service that was just started. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { runService } from '../support/node/running.ts'

const run = promisify(execFile)
const service = runService()

test('the commands of "Try it" do what the text around them says', async () => {
  const readme = await readFile('README.md', 'utf8')
  const section = /\n## Try it\n(.*?)\n## /s.exec(readme)?.[1] ?? ''
  const commands = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, command = '']) => command)
  expect(commands).toHaveLength(4)
  expect(commands[0]).toContain('POSTERN=http://127.0.0.1:8787\n')
  const [setup = '', ...rest] = commands
  // Everything else is as it stands there; `echo` puts each answer on a line.
  const script = [setup.replace(/^POSTERN=.*$/m, `POSTERN=${service.url}`), ...rest]
    .join('\n')
    .replaceAll('curl -', 'echo; curl -')
  const assigned = script.replace('TOKEN=$(echo; curl', 'TOKEN=$(curl')
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', assigned])
  const answers = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  expect(answers).toMatchObject([
    { token_type: 'Bearer', user: { username: '홍길동', email: 'hong@example.com' } },
    { username: '홍길동', email: 'hong@example.com' },
    { id: 1, title: 'A gate in a wall', author: { username: '홍길동' } },
    { items: [{ id: 1, title: 'A gate in a wall' }] },
    { id: 1, body: 'Small, and well guarded.' },
    { type: '/problems/unauthenticated', status: 401 },
  ])
  expect(answers[3].items[0]).not.toHaveProperty('body')
  expect(stdout).toContain('HTTP/1.1 401 Unauthorized')
  expect(stdout).toContain('WWW-Authenticate: Bearer realm="postern"')

  const shown = JSON.parse(/```json\n(.*?)```/s.exec(section)?.[1] ?? '')
  expect({ ...answers[5], request_id: '' }).toEqual({ ...shown, request_id: '' })
})

test('the example of a refresh is exchanged for new tokens', async () => {
  const readme = await readFile('README.md', 'utf8')
  const [, command = ''] = /```sh\n(curl -s \$POSTERN\/users\/refresh .*?)\n```/s.exec(readme) ?? []
  const body = JSON.stringify({ username: 'reader', email: 'reader@example.com', password: 'a passphrase nobody uses' })
  const headers = { 'Content-Type': 'application/json' }
  const registered = await fetch(`${service.url}/users/register`, { method: 'POST', headers, body })
  const { refresh_token: REFRESH } = JSON.parse(await registered.text())
  const { stdout } = await run('bash', ['-c', command], { env: { ...process.env, POSTERN: service.url, REFRESH } })
  expect(JSON.parse(stdout)).toMatchObject({ token_type: 'Bearer', user: { username: 'reader' } })
})

test('every npm script that the README names is there, and every file', async () => {
  const readme = await readFile('README.md', 'utf8')
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const named = [...readme.matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, name = '']) => name)
  const builtIn = new Set(['ci', 'may', 'and'])
  expect(named.filter((name) => !builtIn.has(name) && !(name in scripts))).toEqual([])
  for (const [, file = ''] of readme.matchAll(/\]\(([\w./-]+)\)/g)) await readFile(file)
})
