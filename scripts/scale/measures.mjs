// The requests that `npm run scale` measures. Each group has a table of its own.

/** The default page size. */
export const LIMIT = 20

const [EVERYONE, WRITER, OPERATOR] = [undefined, 'writer', 'operator']

/** The name of a request, its path, and the number of its page. Without `deep`, only the first page. */
const first = (name, path, as) => [{ name, path, as, depth: 1 }]
const deep = (name, path, as, depth = 1001) => [
  ...first(name, path, as),
  { name: `${name}, a page far in`, path, as, depth },
]

/** The posts of a suspended author and hidden posts are at the top of every list of published posts, and withheld. */
const lists = [
  ...deep('list', '/posts', EVERYONE, 10_001),
  ...first('list, with a token', '/posts', WRITER),
  ...deep('an author’s list', '/posts?author=writer', EVERYONE),
  ...first('a suspended author’s list', '/posts?author=spammer', EVERYONE),
  ...first('the list of the author of hidden posts', '/posts?author=hidden', EVERYONE),
  ...deep('own drafts', '/posts?status=draft', WRITER),
  ...deep('own scheduled posts', '/posts?status=scheduled', WRITER),
  ...deep('all own posts', '/posts?status=all', WRITER),
  ...first('read a post', '/posts/425', EVERYONE),
  ...first('read a post, with a token', '/posts/407', WRITER),
  ...first('own sessions (100)', '/users/me/sessions', WRITER),
]

const words = [
  ['English', 'bread', 'axolotl', 'gar'],
  ['Korean', '마늘', '도롱뇽', '떡'],
  ['Japanese', '東京', '山椒魚', '大'],
]

const searchesAs = (as) =>
  words.flatMap(([language, common, rare, beginning]) =>
    [
      deep(`${language}, a common word`, `/posts?q=${common}`, as),
      first(`${language}, a rare word`, `/posts?q=${rare}`, as),
      first(`${language}, a common and a rare word`, `/posts?q=${rare} ${common}`, as),
      first(`${language}, the beginning of words`, `/posts?q=${beginning}`, as),
    ].flat(),
  )

const searches = [
  ...searchesAs(EVERYONE),
  ...first('one letter', '/posts?q=g', EVERYONE),
  ...first('of an author', '/posts?q=bread&author=writer', EVERYONE),
  ...first('of an author who wrote little', '/posts?q=bread&author=poet', EVERYONE),
]

const memberSearches = [
  ...searchesAs(WRITER),
  ...first('one letter', '/posts?q=g', WRITER),
  ...deep('own drafts', '/posts?q=bread&status=draft', WRITER),
]

const users = (query) => `/operator/users?${new URLSearchParams(query)}`
/** The newest accounts are a wave of suspended ones. Few others are suspended, and few are operators. */
const statuses = [
  ['all', 1001],
  ['active', 1001],
  ['suspended', 1001],
  ['operator', 2],
]

const operatorUsers = [
  ...statuses.flatMap(([status, depth]) => deep(status, users({ status }), OPERATOR, depth)),
  ...statuses.flatMap(([status, depth]) =>
    deep(`${status}, a part of every address`, users({ status, q: 'example' }), OPERATOR, depth),
  ),
  ...deep('a common syllable (Korean)', users({ q: '작가' }), OPERATOR),
  ...first('one letter', users({ q: 'a' }), OPERATOR),
  ...first('a whole name', users({ q: 'author000432' }), OPERATOR),
  ...first('a user with many posts', users({ q: 'writer@' }), OPERATOR),
]

const audit = (query) => `/operator/audit?${new URLSearchParams(query)}`

const moderation = [
  ...deep('open reports', '/operator/reports?status=open', OPERATOR),
  ...deep('resolved reports', '/operator/reports?status=resolved', OPERATOR),
  ...deep('audit log', audit({}), OPERATOR, 10_001),
  ...deep('audit log, a frequent subject', audit({ subject: 'posts:1' }), OPERATOR),
  ...deep('audit log, a rare subject', audit({ subject: 'user:2' }), OPERATOR, 5),
  ...deep('audit log, a frequent actor', audit({ actor: 'user:2' }), OPERATOR, 10_001),
  ...deep('audit log, a rare actor', audit({ actor: 'cli' }), OPERATOR, 5),
  ...deep('audit log, actor and subject', audit({ actor: 'user:2', subject: 'posts:1' }), OPERATOR),
]

export const GROUPS = {
  'Lists and single items': lists,
  'Search without a token': searches,
  'Search with a token': memberSearches,
  'Users, for operators': operatorUsers,
  'Reports and audit log, for operators': moderation,
}
