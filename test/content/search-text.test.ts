import { expect, test } from 'vitest'
import { toIndexText, toTerms } from '../../src/content/search-text.ts'

const CHARACTERS = `abcXYZ019'+#._- ,"*\\/\n`

test('ASCII text has the same words alone as beside other text', () => {
  for (let round = 0; round < 5000; round++) {
    const text = Array.from({ length: 12 }, () => CHARACTERS[Math.floor(Math.random() * CHARACTERS.length)]).join('')
    // `é` is folded to `e`, `김` is not: only the first text is read with the expression for ASCII.
    expect([text, toIndexText(`${text} `, 1000).split(' ').filter(Boolean)]).toEqual([
      text,
      toIndexText(`${text} 김`, 1000).split(' ').filter(Boolean).slice(0, -1),
    ])
    expect([text, toTerms(text)]).toEqual([text, toTerms(`${text} 김`).slice(0, -1)])
  }
})

test.each([
  ['marks', '\u0301\u0316'],
  // U+FF9E is a letter, and NFKD makes a mark of it.
  ['marks and halfwidth voicing marks', '\u0301\uff9e'],
])('folding a text of %s takes linear time', (_, unit) => {
  const timeOf = (count: number) => {
    const start = performance.now()
    toIndexText(`a${unit.repeat(count)}`, 1_000_000)
    return performance.now() - start
  }
  timeOf(1_000)
  // Quadratic time is 1,600 ms.
  expect(timeOf(50_000)).toBeLessThan(200)
})
