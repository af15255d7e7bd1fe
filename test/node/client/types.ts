/** Type tests of the client. Nothing here runs: `npm run check` compiles it. */
import { createClient, isProblem, type ItemOf, type Me, type ProblemCode } from '../../../packages/client/src/client.ts'

export async function isTyped() {
  const client = createClient({ baseUrl: 'https://api.example.com', session: 'cookie' })

  const { data, error } = await client.POST('/posts', { body: { title: 'A gate', body: 'In a wall.' } })
  if (data) data.visibility satisfies 'public' | 'members'
  else error.code satisfies string
  const posts = await client.GET('/posts', { params: { query: { limit: 10, q: 'gate' } } })
  posts.data?.items[0]?.author.username satisfies string | undefined
  const signedIn = await client.signIn({ email: 'hong@example.com', password: 'a passphrase' })
  if (signedIn.error) signedIn.error.status satisfies number | undefined
  else signedIn.data satisfies Me
  client.user satisfies Me | null
  const restored = await client.restore()
  if (!restored.error) restored.data satisfies Me | null
  const deleted = await client.DELETE('/posts/{id}', { params: { path: { id: 1 } } })
  if (!deleted.error) deleted.data satisfies null
  if (isProblem(error, 'version-conflict')) error.code satisfies 'version-conflict'
  if (isProblem(error)) error.code satisfies ProblemCode
  for await (const post of client.pages('/posts', { query: { q: 'gate' } })) post.title satisfies string
  const edited = await client.edit('/posts/{id}', 1, { version: 2, title: 'A door' })
  edited.data?.body satisfies string | undefined
  const linked = await client.GET('/recipes/{id}', { params: { path: { id: 1 } }, accept: 'application/ld+json' })
  linked.data?.['@context'] satisfies 'https://schema.org' | undefined
  const exported = await client.GET('/users/me/export', { parseAs: 'blob' })
  exported.data satisfies Blob | undefined
  const item: ItemOf<'/recipes'> | undefined = undefined
  item satisfies { servings: number | null } | undefined

  // @ts-expect-error The path does not exist.
  await client.GET('/postings')
  // @ts-expect-error The path does not have this method.
  await client.PUT('/posts', { body: { title: 'A gate', body: 'In a wall.' } })
  // @ts-expect-error The body is required.
  await client.POST('/posts')
  // @ts-expect-error A post requires a body.
  await client.POST('/posts', { body: { title: 'A gate' } })
  // @ts-expect-error A title is a string.
  await client.POST('/posts', { body: { title: 1, body: 'In a wall.' } })
  // @ts-expect-error The id is required.
  await client.GET('/posts/{id}')
  // @ts-expect-error Items of a list have no body.
  posts.data?.items[0]?.body satisfies unknown
  // @ts-expect-error The client sets `session` itself.
  await client.signIn({ username: '홍길동', password: 'a passphrase', session: 'token' })
  // @ts-expect-error The user is read-only.
  client.user = null
  // @ts-expect-error `session` is required.
  createClient({ baseUrl: 'https://api.example.com' })
  // @ts-expect-error A map is not a storage.
  createClient({ baseUrl: 'https://api.example.com', session: 'cookie', storage: new Map() })
  // @ts-expect-error A change requires a version.
  await client.edit('/posts/{id}', 1, { title: 'A door' })
  // @ts-expect-error The code does not exist.
  isProblem(error, 'version-conflicts')
  // @ts-expect-error A session is not an item with a version.
  await client.edit('/users/me', 1, { version: 1 })
  // @ts-expect-error An account is not a list.
  client.pages('/users/me')
  // @ts-expect-error Posts have no linked data.
  await client.GET('/posts/{id}', { params: { path: { id: 1 } }, accept: 'application/ld+json' })
}
