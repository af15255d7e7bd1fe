/** Posts: a title and a body. Lists are public. By default, reading a post requires authentication. */
import { posts as table } from '../store/schema.ts'
import { text } from '../text.ts'
import { contentRoutes } from './content.ts'

export const posts = contentRoutes(table, {
  name: 'Post',
  path: '/posts',
  fields: () => ({ body: text(1, 100_000) }),
  stored: () => ({ body: text(0, 100_000) }),
  inLists: [],
  defaults: { draft: false, visibility: 'members' },
  example: { title: 'A gate in a wall', body: 'Small, and well guarded.' },
})
