import { assert, asyncProperty, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toExpression } from '../../src/content/search.ts'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { account, call } from '../support/service.ts'

const { token } = await account()
const other = await account()

describe.each(Object.values(CONTENT_TYPES))('$path', ({ path, example }) => {
  const write = async (title: string, fields = {}) =>
    (await call('POST', path, { token, json: { ...example, draft: false, visibility: 'public', title, ...fields } }))
      .body.id as number
  const find = async (q: string, as?: string) => {
    const { status, body } = await call(
      'GET',
      `${path}?limit=100&q=${encodeURIComponent(q)}`,
      as === undefined ? {} : { token: as },
    )
    expect(status).toBe(200)
    return body.items.map(({ id }: { id: number }) => id) as number[]
  }

  test.each([
    ['the beginning of a Hangul word', '김치볶음밥', '김치볶'],
    ['a word without its marks', 'crème brûlée', 'creme brulee'],
    ['marks that the text does not have', 'cafe au lait', 'café'],
    ['another case', 'ÜBER den Wolken', 'über'],
    ['words in any order', 'one two three', 'three one'],
    ['words that are half there', 'gatekeeper postern', 'gatek poste'],
    ['syllables, where the text has letters', '된장찌개'.normalize('NFD'), '된장'.normalize('NFC')],
    ['letters, where the text has syllables', '순두부찌개', '순두부'.normalize('NFD')],
    ['marks of their own', 'ro\u0302le', 'rôle'],
    ['digits', 'room 101', '101'],
    ['the okina of Hawaiian typed as an apostrophe', 'Hawai\u02bbi', "hawai'i"],
    ['an apostrophe typed as the letter of Uzbek', "O'zbekiston", 'o\u02bbzbek'],
    ['a word behind the ayin of transliterated Arabic', '\u02bfAlī', 'ali'],
    ['Syriac without vowel points', 'ܫܠܳܡܳܐ', 'ܫܠܡܐ'],
    ['Arabic without a honorific sign', 'محمد ﷺ', 'محمد\u0610'],
    ['a Malayalam chillu typed with a virama and a joiner', 'അവൻ', 'അവന്\u200d'],
    ['a Thai sara am typed as two characters', 'ต้มยำน้ำข้น', 'น\u0e4d\u0e49า'],
    ['a stressed ё', 'все хорошо', 'все\u0308\u0301'],
  ])('%s is found', async (_, title, q) => {
    const id = await write(title)
    expect(await find(q)).toContain(id)
  })

  test.each([
    ['a word that is not there', 'apple pie', 'apple tart'],
    ['the middle of a word', 'pineapple', 'apple'],
  ])('%s is not found', async (_, title, q) => {
    const id = await write(title)
    expect(await find(q)).not.toContain(id)
  })

  test('every text field of the content type is searched', async () => {
    const words = Object.entries(example).flatMap(([name, value]) =>
      typeof value === 'string' || Array.isArray(value) ? [name] : [],
    )
    for (const name of words) {
      const word = `w${crypto.randomUUID().replaceAll('-', '')}`
      const value = Array.isArray(example[name]) ? ['first', `two\n${word}`] : `some ${word}`
      const { body } = await call('POST', path, {
        token,
        json: { ...example, draft: false, visibility: 'public', [name]: value },
      })
      expect(await find(word)).toEqual([body.id])
    }
  })

  test('the search of another user never finds drafts and scheduled items', async () => {
    const word = `w${crypto.randomUUID().replaceAll('-', '')}`
    const shown = [await write(word), await write(word)]
    for (let n = 0; n < 5; n++) {
      const id = await write(word, { draft: true })
      if (n % 2)
        await call('PUT', `${path}/${id}/publish`, { token, json: { at: new Date(Date.now() + 60_000).toISOString() } })
    }
    for (const as of [undefined, token, other.token]) {
      expect(await find(word, as)).toEqual(shown.toReversed())
      const first = await call('GET', `${path}?limit=1&q=${word}`, as === undefined ? {} : { token: as })
      const next = await call(
        'GET',
        `${path}?limit=1&q=${word}&cursor=${first.body.next_cursor}`,
        as === undefined ? {} : { token: as },
      )
      expect([next.body.items.length, next.body.next_cursor]).toEqual([1, null])
    }
    const own = await call('GET', `${path}?limit=100&q=${word}&status=all`, { token })
    expect(own.body.items).toHaveLength(7)
  })

  test.each([
    '"',
    "'",
    '*',
    'a*b',
    '(',
    ')',
    'AND',
    'OR',
    'NOT',
    'NEAR(a b)',
    'title:x',
    '-x',
    '+',
    '^x',
    '{a}',
    '""',
    'a OR',
    '%',
    '_',
    '\\',
    ';',
    '--',
    '🐸',
    ' ',
    '\t',
    '\u3000',
    'a"b',
    'null',
    '𝒳',
  ])('no syntax gets through: %j', async (q) => {
    expect(await find(q)).toBeInstanceOf(Array)
  })

  test('without a token, the text of a members item is not found, word by word or otherwise', async () => {
    const [secret, plain] = [`s${crypto.randomUUID().slice(0, 8)}`, `p${crypto.randomUUID().slice(0, 8)}`]
    const [own] = Object.entries(example).find(([name, value]) => name !== 'title' && typeof value === 'string') ?? []
    const id = await write(`About ${plain}`, { [own ?? '']: `The ${secret} is here`, visibility: 'members' })
    for (const q of [secret, secret.slice(0, 5), `${plain} ${secret}`, `about here ${plain}`])
      expect(await find(q)).toEqual([])
    expect(await find(plain)).toEqual([id])
    for (const q of [secret, `${plain} ${secret}`]) expect(await find(q, other.token)).toEqual([id])

    // A change of the visibility takes effect in the search at once.
    await call('PATCH', `${path}/${id}`, { token, json: { visibility: 'public' } })
    expect(await find(secret)).toEqual([id])
    await call('PATCH', `${path}/${id}`, { token, json: { visibility: 'members' } })
    expect(await find(secret)).toEqual([])
  })

  test('a scheduled item is found once its time has come, by readers and strangers', async () => {
    const word = `w${crypto.randomUUID().slice(0, 8)}`
    const id = await write(word, { draft: true })
    const at = new Date(Date.now() + 1_500).toISOString()
    await call('PUT', `${path}/${id}/publish`, { token, json: { at } })
    expect([await find(word), await find(word, other.token)]).toEqual([[], []])
    await expect.poll(() => find(word), { timeout: 10_000, interval: 300 }).toEqual([id])
    expect(await find(word, other.token)).toEqual([id])
    // The next item that is created moves it to the listed words; nothing changes for readers.
    await write('another')
    expect([await find(word), await find(word, other.token)]).toEqual([[id], [id]])
  })

  test('a query that is too long is refused', async () => {
    const { status, body } = await call('GET', `${path}?q=${'x'.repeat(201)}`)
    expect([status, body.errors[0].parameter]).toEqual([422, 'q'])
    expect((await call('GET', `${path}?q=%00`)).status).toBe(422)
  })

  test('the pages of a search have every item once', async () => {
    const word = `w${crypto.randomUUID().replaceAll('-', '')}`
    const written: number[] = []
    for (let n = 0; n < 5; n++) written.push(await write(`${word} ${n}`))
    const seen: number[] = []
    let next: string | undefined = `${path}?limit=2&q=${word}`
    while (next) {
      const page = await call('GET', next)
      seen.push(...page.body.items.map(({ id }: { id: number }) => id))
      next = /^<(.+)>; rel="next"$/.exec(page.headers.get('Link') ?? '')?.[1]
    }
    expect(seen).toEqual(written.toReversed())
  })

  test('a search does not find the items of a deleted account', async () => {
    const gone = await account()
    const word = `w${crypto.randomUUID().replaceAll('-', '')}`
    await call('POST', path, { token: gone.token, json: { ...example, title: word, draft: false } })
    expect(await find(word)).toHaveLength(1)
    await call('POST', '/users/me/delete', { token: gone.token, json: { current_password: gone.password } })
    expect(await find(word)).toEqual([])
  })

  test('every query gets a response', async () => {
    await assert(
      asyncProperty(string({ unit: 'binary', minLength: 1, maxLength: 60 }), async (q) => {
        const { status } = await call('GET', `${path}?q=${encodeURIComponent(q.toWellFormed())}`)
        expect(status).toBe(q.includes('\0') ? 422 : 200)
      }),
      { numRuns: 200 },
    )
  })
})

test('an expression contains only quoted words', () => {
  expect(toExpression('one two', ['t', 'p'])).toBe('("tone" * OR "pone" *) AND ("ttwo" * OR "ptwo" *)')
  expect(toExpression('AND "x" OR', ['t'])).toBe('("tand" *) AND ("tx" *) AND ("tor" *)')
  expect(toExpression('a '.repeat(100), ['t']).split(' AND ')).toHaveLength(16)
})
