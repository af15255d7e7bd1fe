// The process of a runner: keeps Vitest running over one copy of the project, and runs one test file for each message.
import { on } from 'node:events'
import { join } from 'node:path'
import { createVitest } from 'vitest/node'
import { short } from './text.mjs'

const root = process.argv[2]
const vitest = await createVitest('test', {
  root,
  watch: false,
  project: ['d1'],
  bail: 1,
  reporters: [{}],
  fsModuleCachePath: join(root, 'tmp/cache'),
})
await vitest.standalone()
process.on('disconnect', () => process.exit())
let changed
for await (const [{ test, file }] of on(process, 'message')) {
  for (const path of [changed, file]) if (path) vitest.invalidateFile(join(root, path))
  changed = file
  const specifications = await vitest.globTestSpecifications([test])
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  const own = testModules.filter(({ moduleId }) => moduleId === join(root, test))
  const failed = own.flatMap((module) => [...module.children.allTests('failed')].map(({ name }) => name))
  const errors = [...own.flatMap((module) => module.errors()), ...unhandledErrors].map(({ message }) => message)
  const passed = own.length > 0 && own.every((module) => module.state() === 'passed') && errors.length === 0
  process.send({ failure: passed ? undefined : (failed[0] ?? short(errors[0] ?? 'nothing ran')) })
}
