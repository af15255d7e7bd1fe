/** A Node.js that is too old: `npm ci --ignore-scripts` does not install the one of the project. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { nodeFault } from '../../scripts/node-version.mjs'

const OLD = '20.20.2'
const MESSAGE = /Node\.js 20\.20\.2 is too old: .*npm rebuild node/s

test.each([
  [OLD, MESSAGE],
  ['22.17.1', /too old/],
  ['22.18.0', undefined],
  ['24.0.0', undefined],
])('the message for Node.js %s', (version, message) => {
  if (message) expect(nodeFault(version)).toMatch(message)
  else expect(nodeFault(version)).toBeUndefined()
})

const root = fileURLToPath(new URL('../..', import.meta.url))
const old = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${OLD}' } })`

/** The commands that start Node.js, with its arguments. npm itself runs `prepare`, with any version. */
const commands = Object.entries(manifest.scripts).flatMap(([name, command]) => {
  const [, args] = /^node (.*?)(?: && .*)?$/.exec(command) ?? []
  return args === undefined || name === 'prepare' ? [] : [[name, args.split(' ')] as const]
})

test.each(commands)('npm run %s says so instead of failing otherwise', async (_, args) => {
  const child = spawn(process.execPath, ['--import', old, ...args], { cwd: root })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(code).not.toBe(0)
  expect(stdout + stderr).toMatch(MESSAGE)
})
