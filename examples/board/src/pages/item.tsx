/** One post or recipe, with the actions of its author. */
import type { components } from '@postern/client'
import { useState } from 'react'
import { ErrorMessage } from '../error.tsx'
import { useLoad } from '../load.ts'
import { postern, useUser } from '../postern.ts'
import { Link, navigate, Title } from '../router.tsx'
import { Publication, PublicationState } from './publication.tsx'
import { ReportForm } from './report.tsx'

type Props = { type: 'posts' | 'recipes'; id: number }
type Loaded = components['schemas']['Post'] | components['schemas']['Recipe']

export function Item({ type, id }: Props) {
  const user = useUser()
  const { data, error, reload } = useLoad<Loaded>(
    (signal) => postern.GET(`/${type}/{id}`, { params: { path: { id } }, signal }),
    [type, id, user?.id],
  )
  if (error)
    return (
      <>
        <Title>{error.code === 'not-found' ? 'Not found' : 'This cannot be shown'}</Title>
        <ErrorMessage error={error} />
      </>
    )
  if (!data) return <p role="status">Loading …</p>
  return (
    <article>
      <Title>{data.title}</Title>
      <p className="hint">
        {data.author.username} · <PublicationState item={data} />
        {data.visibility === 'members' && ' · for members'}
      </p>
      {'body' in data ? <p className="text">{data.body}</p> : <Recipe recipe={data} />}
      {user && data.author.id !== user.id && <ReportForm type={type} id={id} />}
      {data.author.id === user?.id && (
        <>
          <p className="actions">
            <Link to={`/${type}/${id}/edit`} className="button">
              Edit
            </Link>
            <Delete type={type} id={id} title={data.title} />
          </p>
          <Publication type={type} item={data} onChange={reload} />
        </>
      )}
    </article>
  )
}

function Recipe({ recipe }: { recipe: components['schemas']['Recipe'] }) {
  return (
    <>
      {recipe.description && <p className="text">{recipe.description}</p>}
      <p className="hint">
        {recipe.servings !== null && `Serves ${recipe.servings}. `}
        {recipe.cook_minutes !== null && `${recipe.cook_minutes} minutes.`}
      </p>
      <h2>Ingredients</h2>
      <ul>
        {recipe.ingredients.map((line, at) => (
          <li key={at}>{line}</li>
        ))}
      </ul>
      <h2>Directions</h2>
      <ol>
        {recipe.directions.map((line, at) => (
          <li key={at}>{line}</li>
        ))}
      </ol>
      <LinkedData id={recipe.id} />
    </>
  )
}

/** The linked data of the recipe, loaded when it is opened. */
function LinkedData({ id }: { id: number }) {
  const [text, setText] = useState('Loading …')
  async function load() {
    const params = { path: { id } }
    const { data, error } = await postern.GET('/recipes/{id}', { params, accept: 'application/ld+json' })
    setText(error ? error.message : JSON.stringify(data, null, 2))
  }
  return (
    <details onToggle={(event) => event.currentTarget.open && void load()}>
      <summary>As a search engine reads it</summary>
      <pre tabIndex={0}>{text}</pre>
    </details>
  )
}

function Delete({ type, id, title }: Props & { title: string }) {
  const [error, setError] = useState<string>()
  async function remove() {
    if (!confirm(`Delete “${title}”? This cannot be undone.`)) return
    const result = await postern.DELETE(`/${type}/{id}`, { params: { path: { id } } })
    if (result.error) setError(result.error.message)
    else navigate('/mine')
  }
  return (
    <>
      <button onClick={() => void remove()}>Delete</button>
      {error && <span role="alert">{error}</span>}
    </>
  )
}
