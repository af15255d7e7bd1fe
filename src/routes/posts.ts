/** Posts: a title and a body, on a wall that everybody sees and members open. */
import { posts as table } from '../store/schema.ts'
import { text } from '../text.ts'
import { contentRoutes } from './content.ts'

export const posts = contentRoutes(table, {
  name: 'Post',
  path: '/posts',
  fields: { body: text(1, 100_000) },
  stored: { body: text(0, 100_000) },
  inLists: [],
  defaults: { draft: false, visibility: 'members' },
  example: { title: 'A gate in a wall', body: 'Small, and well guarded.' },
})
