/** The state of an item (draft, scheduled or published), and the actions of its author. */
import type { PosternError } from '@postern/client'
import { useState } from 'react'
import { ErrorMessage } from '../error.tsx'
import { Field, Form } from '../form.tsx'
import { postern } from '../postern.ts'

type Publishable = { id: number; published_at: string | null }

const format = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

export function PublicationState({ item }: { item: Publishable }) {
  if (item.published_at === null) return 'draft'
  const time = <time dateTime={item.published_at}>{format.format(new Date(item.published_at))}</time>
  return new Date(item.published_at) > new Date() ? <>scheduled for {time}</> : time
}

type Props = { type: 'posts' | 'recipes'; item: Publishable; onChange: () => void }

export function Publication({ type, item, onChange }: Props) {
  const [error, setError] = useState<PosternError>()
  const isPublished = item.published_at !== null && new Date(item.published_at) <= new Date()
  const path = { id: item.id }

  async function act(action: 'publish' | 'unpublish') {
    const call = action === 'publish' ? postern.PUT : postern.DELETE
    const result = await call(`/${type}/{id}/publish`, { params: { path } })
    setError(result.error)
    if (!result.error) onChange()
  }

  return (
    <section aria-labelledby="publication">
      <h2 id="publication">Publication</h2>
      {error && <ErrorMessage error={error} />}
      <p>
        This is: <PublicationState item={item} />
      </p>
      {item.published_at === null ? (
        <button className="primary" onClick={() => void act('publish')}>
          Publish now
        </button>
      ) : (
        <button onClick={() => void act('unpublish')}>Make it a draft again</button>
      )}
      {!isPublished && (
        <Form
          label="Schedule"
          actions={['Schedule']}
          onSubmit={async ({ text }) => {
            const time = new Date(text('at'))
            const body = Number.isNaN(time.getTime()) ? {} : { at: time.toISOString() }
            const result = await postern.PUT(`/${type}/{id}/publish`, { params: { path }, body })
            if (!result.error) onChange()
            return result
          }}
        >
          <Field name="at" label="Publish at" type="datetime-local" />
        </Form>
      )}
    </section>
  )
}
