/** The kinds of content, as the content tests need them: a row here, and every test runs for the kind. */
export type Kind = {
  path: string
  /** A complete body of a new item. */
  example: Record<string, unknown> & { title: string }
  /** The own fields that lists do not show. */
  hiddenInLists: string[]
  defaults: { visibility: 'public' | 'members'; draft: boolean }
  /** Own fields that break a rule, and where. */
  faults: [name: string, fields: Record<string, unknown>, pointers: string[]][]
}

export const KINDS: Record<string, Kind> = {
  posts: {
    path: '/posts',
    example: { title: '안녕', body: '세상아' },
    hiddenInLists: ['body'],
    defaults: { visibility: 'members', draft: false },
    faults: [
      ['an empty body', { body: '' }, ['#/body']],
      ['a long body', { body: 'x'.repeat(100_001) }, ['#/body']],
      ['a body long in code points', { body: '𝒳'.repeat(100_001) }, ['#/body']],
      ['a number for a body', { body: 7 }, ['#/body']],
      ['null for a body', { body: null }, ['#/body']],
      ['no body', { body: undefined }, ['#/body']],
    ],
  },
}
