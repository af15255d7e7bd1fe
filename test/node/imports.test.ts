/** The direction of imports in `src/`: each directory imports only directories below it, and there are no import cycles. */
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

/** The order from top to bottom. A directory can import itself and the ones after it. Files in `src/` count as directories. */
const ORDER = [
  ['worker', 'app', 'scheduled'],
  ['routes', 'compat'],
  ['operators'],
  ['content'],
  ['accounts'],
  ['mail'],
  ['http'],
  ['store'],
  ['config', 'mail-config', 'lazy', 'mac', 'log', 'secret', 'text', 'timestamp'],
]

type Imports = Map<string, string[]>

/** The imports of a TypeScript source from `src/`, type imports included, as paths from the project's root. */
const importsOf = (file: string, source: string) =>
  [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
    .map(([, path = '']) => join(dirname(file), path))
    .filter((path) => path.startsWith('src/'))

async function readImports(): Promise<Imports> {
  const imports: Imports = new Map()
  for await (const file of glob('src/**/*.ts')) imports.set(file, importsOf(file, await readFile(file, 'utf8')))
  return imports
}

const levelOf = (file: string) => {
  const room = /^src\/([\w-]+)/.exec(file)?.[1] ?? ''
  const level = ORDER.findIndex((rooms) => rooms.includes(room))
  if (level < 0) throw new Error(`Not in the order of directories: ${file}`)
  return level
}

const upward = (imports: Imports) =>
  [...imports].flatMap(([file, targets]) =>
    targets
      // The journal of the migrations belongs to no directory.
      .filter((target) => target.startsWith('src/') && levelOf(target) < levelOf(file))
      .map((target) => `${file} imports ${target}`),
  )

/** The first cycle that a depth-first search finds, as a path. */
function findCircle(imports: Imports): string | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' > ')
    if (done.has(file)) return undefined
    const found = (imports.get(file) ?? []).map((target) => visit(target, [...path, file])).find(Boolean)
    done.add(file)
    return found
  }
  return [...imports.keys()].map((file) => visit(file, [])).find(Boolean)
}

test('imports run one way', async () => {
  const imports = await readImports()
  expect(imports.size).toBeGreaterThan(40)
  expect(upward(imports)).toEqual([])
})

test('there are no import cycles', async () => {
  expect(findCircle(await readImports())).toBeUndefined()
})

test('finds an upward import and a cycle', async () => {
  const planted = (file: string, target: string) => async () => {
    const imports = await readImports()
    imports.set(file, [...(imports.get(file) ?? []), target])
    return imports
  }
  expect(upward(await planted('src/accounts/session.ts', 'src/content/item.ts')())).toEqual([
    'src/accounts/session.ts imports src/content/item.ts',
  ])
  expect(findCircle(await planted('src/http/problem-types.ts', 'src/http/problem.ts')())).toBe(
    'src/http/problem.ts > src/http/problem-types.ts > src/http/problem.ts',
  )
})
