/** What the compiler has to refuse and to know of the client. Nothing here runs: `npm run check` reads it. */
import { createClient, type Me } from '../../../client/client.ts'

export async function isTyped() {
  const client = createClient({ baseUrl: 'https://api.example.com', session: 'cookie' })

  const { data, error } = await client.POST('/posts', { body: { title: 'A gate', body: 'In a wall.' } })
  if (data) data.visibility satisfies 'public' | 'members'
  else error.type satisfies string
  const posts = await client.GET('/posts', { params: { query: { limit: 10, q: 'gate' } } })
  posts.data?.items[0]?.author.username satisfies string | undefined
  const signedIn = await client.signIn({ email: 'hong@example.com', password: 'a passphrase' })
  if (signedIn.error) signedIn.error.status satisfies number
  else signedIn.data satisfies Me
  client.user satisfies Me | null

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
  // @ts-expect-error A cookie needs no storage.
  createClient({ baseUrl: 'https://api.example.com', session: 'cookie', storage: new Map() })
}
