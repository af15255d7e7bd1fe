/** A list with pages and a search. */
import type { ItemOf, PosternError } from '@postern/client'
import { useEffect, useRef, useState } from 'react'
import { ErrorMessage } from '../error.tsx'
import { useLoad } from '../load.ts'
import { postern, useUser } from '../postern.ts'
import { Link, navigate, Title, useLocation } from '../router.tsx'
import { PublicationState } from './publication.tsx'

type Type = 'posts' | 'recipes'
type Summary = ItemOf<'/posts'> | ItemOf<'/recipes'>
type Page = { items: Summary[]; next_cursor: string | null }

/** The list of the current user, with drafts and scheduled items. */
export function List({ type, isMine = false }: { type: Type; isMine?: boolean }) {
  const q = useLocation().query.get('q') ?? ''
  const user = useUser()
  const filter = isMine ? { status: 'all' as const } : { ...(q && { q }) }
  const read = (cursor: string | undefined, signal: AbortSignal) =>
    postern.GET(`/${type}`, { params: { query: { ...filter, ...(cursor && { cursor }) } }, signal })
  const { data, error, set } = useLoad<Page>((signal) => read(undefined, signal), [type, q, isMine, user?.id])
  const [moreError, setMoreError] = useState<PosternError>()

  async function loadMore(signal: AbortSignal) {
    if (!data?.next_cursor) return
    const more = await read(data.next_cursor, signal)
    if (more.data) set({ items: [...data.items, ...more.data.items], next_cursor: more.data.next_cursor })
    if (more.error?.code !== 'aborted') setMoreError(more.error)
  }

  return (
    <>
      <Title>{isMine ? `My ${type}` : type === 'posts' ? 'Posts' : 'Recipes'}</Title>
      {isMine ? (
        <p className="actions">
          <Link to={`/mine?type=${type === 'posts' ? 'recipes' : 'posts'}`}>
            {type === 'posts' ? 'My recipes' : 'My posts'}
          </Link>
          <Link to={type === 'posts' ? '/new' : '/new-recipe'}>
            {type === 'posts' ? 'Write a post' : 'Write a recipe'}
          </Link>
        </p>
      ) : (
        <Search q={q} />
      )}
      {error && error.code !== 'aborted' && <ErrorMessage error={error} />}
      {!data && !error && <p role="status">Loading …</p>}
      {data?.items.length === 0 && <p role="status">{q ? `Nothing matches “${q}”.` : 'Nothing here yet.'}</p>}
      <ul className="items" aria-label={type}>
        {data?.items.map((item) => (
          <li key={item.id}>
            <Link to={`/${type}/${item.id}`} className="title">
              {item.title}
            </Link>
            <p className="hint">
              {item.author.username} · <PublicationState item={item} />
              {item.visibility === 'members' && ' · for members'}
            </p>
          </li>
        ))}
      </ul>
      {moreError && <ErrorMessage error={moreError} />}
      {data?.next_cursor && <LoadMore key={data.next_cursor} load={loadMore} />}
    </>
  )
}

function Search({ q }: { q: string }) {
  const { path } = useLocation()
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const typed = new FormData(event.currentTarget).get('q')
          navigate(typeof typed === 'string' && typed ? `${path}?${new URLSearchParams({ q: typed })}` : path)
        }}
      >
        <label htmlFor="q">Search</label>
        <input key={q} id="q" name="q" type="search" defaultValue={q} />
        <button>Search</button>
      </form>
    </search>
  )
}

/** A button that loads the next page when it is scrolled into view. */
function LoadMore({ load }: { load: (signal: AbortSignal) => Promise<void> }) {
  const button = useRef<HTMLButtonElement>(null)
  const [isBusy, setBusy] = useState(false)
  const controller = useRef<AbortController>(undefined)

  async function start() {
    if (controller.current) return
    controller.current = new AbortController()
    setBusy(true)
    await load(controller.current.signal)
    controller.current = undefined
    setBusy(false)
  }

  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void start())
    if (button.current) observer.observe(button.current)
    return () => {
      observer.disconnect()
      controller.current?.abort()
      controller.current = undefined
    }
  }, [])

  return (
    <button ref={button} aria-disabled={isBusy} onClick={() => void start()}>
      {isBusy ? 'Loading …' : 'Load more'}
    </button>
  )
}
