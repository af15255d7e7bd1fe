/** The files and the `package.json` commands in the documents exist. */
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const named = async (pattern: RegExp) => {
  const found: { document: string; name: string }[] = []
  for await (const document of glob(['*.md', 'docs/*.md', '.ci/run'])) {
    const text = await readFile(document, 'utf8')
    found.push(...[...text.matchAll(pattern)].map(([, name = '']) => ({ document, name })))
  }
  return found
}

test('every file in the documents exists', async () => {
  const files = await named(/\b((?:src|test|scripts)\/[\w./-]+\.\w+)/g)
  expect(files.length).toBeGreaterThan(40)
  expect(files.filter(({ name }) => !existsSync(name))).toEqual([])
})

test('every command in the documents exists', async () => {
  const commands = await named(/\bnpm run ([\w:-]+)/g)
  expect(commands.length).toBeGreaterThan(30)
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> }
  expect(commands.filter(({ name }) => !(name in scripts))).toEqual([])
})
