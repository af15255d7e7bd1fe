/** What the compiler has to refuse and to know of the client. Nothing here runs: `npm run check` reads it. */
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

  // @ts-expect-error There is no such path.
  await client.GET('/postings')
  // @ts-expect-error The path has no such method.
  await client.PUT('/posts', { body: { title: 'A gate', body: 'In a wall.' } })
  // @ts-expect-error The body has to be there.
  await client.POST('/posts')
  // @ts-expect-error A post has a body.
  await client.POST('/posts', { body: { title: 'A gate' } })
  // @ts-expect-error A title is text.
  await client.POST('/posts', { body: { title: 1, body: 'In a wall.' } })
  // @ts-expect-error Which post has to be said.
  await client.GET('/posts/{id}')
  // @ts-expect-error A list shows no bodies.
  posts.data?.items[0]?.body satisfies unknown
  // @ts-expect-error The client decides how its session is kept.
  await client.signIn({ username: '홍길동', password: 'a passphrase', session: 'token' })
  // @ts-expect-error Nobody sets the user but the service.
  client.user = null
  // @ts-expect-error Where the refresh token goes has to be said.
  createClient({ baseUrl: 'https://api.example.com' })
  // @ts-expect-error A map is no storage.
  createClient({ baseUrl: 'https://api.example.com', session: 'cookie', storage: new Map() })
  // @ts-expect-error A change says which version it is of.
  await client.edit('/posts/{id}', 1, { title: 'A door' })
  // @ts-expect-error There is no such code.
  isProblem(error, 'version-conflicts')
  // @ts-expect-error A session is no item with a version.
  await client.edit('/users/me', 1, { version: 1 })
  // @ts-expect-error An account is no list.
  client.pages('/users/me')
  // @ts-expect-error A post is not sent as linked data.
  await client.GET('/posts/{id}', { params: { path: { id: 1 } }, accept: 'application/ld+json' })
}
