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
