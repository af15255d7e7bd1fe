/** Precision and recall of search: queries in eight languages, and the items that each must find. */
import { expect, test } from 'vitest'
import { account, call } from '../support/service.ts'
import arabic from './search-corpus/arabic.txt?raw'
import chinese from './search-corpus/chinese.txt?raw'
import english from './search-corpus/english.txt?raw'
import greek from './search-corpus/greek.txt?raw'
import japanese from './search-corpus/japanese.txt?raw'
import korean from './search-corpus/korean.txt?raw'
import thai from './search-corpus/thai.txt?raw'
import turkish from './search-corpus/turkish.txt?raw'

/** `key | title | body` is a document, `? query = keys` a query with the right results among the documents of its file. */
const corpus = [arabic, chinese, english, greek, japanese, korean, thai, turkish].map((text) => text.trim().split('\n'))
const documents = corpus
  .flat()
  .filter((line) => !line.startsWith('?'))
  .map((line) => line.split(' | '))
const queries = corpus.flatMap((lines) => {
  const language = lines[0]?.slice(0, 2) ?? ''
  return lines.flatMap((line) => {
    const [, q = '', keys = ''] = /^\? (.+?) =(.*)$/.exec(line) ?? []
    return q ? [{ language, q, right: keys.split(' ').filter(Boolean) }] : []
  })
})

test(
  '200 queries find the right items, with a precision over 0.97 and a recall over 0.98',
  { timeout: 120_000 },
  async () => {
    expect([documents.length, queries.length]).toEqual([160, 200])
    const { token } = await account()
    const keys = new Map<number, string>()
    for (const [key = '', title, body] of documents) {
      const written = await call('POST', '/posts', { token, json: { title, body, visibility: 'public' } })
      keys.set(written.body.id, key)
    }
    const counts = { right: 0, found: 0, both: 0 }
    const faults: string[] = []
    for (const { language, q, right } of queries) {
      const { body } = await call('GET', `/posts?limit=100&q=${encodeURIComponent(q)}`)
      const all = body.items.map(({ id }: { id: number }) => keys.get(id) ?? '') as string[]
      const found = all.filter((key) => key.startsWith(language))
      counts.right += right.length
      counts.found += found.length
      counts.both += found.filter((key) => right.includes(key)).length
      const missed = right.filter((key) => !found.includes(key))
      const wrong = found.filter((key) => !right.includes(key))
      if (missed.length + wrong.length > 0) faults.push(`${q}: missed [${missed.join()}], wrong [${wrong.join()}]`)
    }
    const [precision, recall] = [counts.both / counts.found, counts.both / counts.right]
    console.log(`precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}\n${faults.join('\n')}`)
    expect(precision).toBeGreaterThan(0.97)
    expect(recall).toBeGreaterThan(0.98)
  },
)
