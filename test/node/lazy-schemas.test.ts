/** Schemas are created at first use: at start, those of all routes would take about 10 ms. */
import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

/** The constants of a module that are created by zod, or by a function of this project that returns a schema. */
const schemasOf = (source: string) =>
  [
    ...source.matchAll(
      /^(?:export )?const (\w+) = (?:z|text|nfcText|nonBlankText|integer|opaque|[A-Z]\w*\(\))\b(?=[.(\n])/gm,
    ),
  ].map(([, name]) => name)

test('no module creates a schema when it is loaded', async () => {
  const found: string[] = []
  for await (const file of glob('src/**/*.ts')) {
    for (const name of schemasOf(await readFile(file, 'utf8'))) found.push(`${file}: ${name}: use \`lazy\``)
  }
  expect(found).toEqual([])
})

test('the check finds schemas at the top of a module only', () => {
  const source = `const Name = z.string()
export const Page = z
  .object({})
const Title = text(1, 5)
export const Lazy = lazy(() => z.string())
const make = () => z.string()
function f() {
  const Inner = z.string()
}
`
  expect(schemasOf(source)).toEqual(['Name', 'Page', 'Title'])
})
