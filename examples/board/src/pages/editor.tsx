/** Writing and editing. If the item was changed since it was read, both versions are shown. */
import { isProblem, type components } from '@postern/client'
import { useRef, useState } from 'react'
import { ErrorMessage } from '../error.tsx'
import { Field, Form, type Values } from '../form.tsx'
import { useLoad } from '../load.ts'
import { postern, useUser } from '../postern.ts'
import { navigate, Title } from '../router.tsx'

type Type = 'posts' | 'recipes'
type Post = components['schemas']['Post']
type Recipe = components['schemas']['Recipe']
type Item = Post | Recipe

const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '')
const numberOf = (text: string) => (text === '' ? null : Number(text))
const visibilityOf = (text: string): 'public' | 'members' => (text === 'public' ? 'public' : 'members')

const postOf = ({ text }: Values) => ({
  title: text('title'),
  body: text('body'),
  visibility: visibilityOf(text('visibility')),
})

const recipeOf = ({ text }: Values) => ({
  title: text('title'),
  description: text('description') || null,
  servings: numberOf(text('servings')),
  cook_minutes: numberOf(text('cook_minutes')),
  ingredients: lines(text('ingredients')),
  directions: lines(text('directions')),
  visibility: visibilityOf(text('visibility')),
})

function Fields({ type, item }: { type: Type; item?: Item | undefined }) {
  const recipe = item && 'ingredients' in item ? item : undefined
  const visibility = item?.visibility ?? (type === 'posts' ? 'members' : 'public')
  return (
    <>
      <Field name="title" label="Title" value={item?.title} />
      {type === 'posts' ? (
        <Field name="body" label="Text" rows={10} value={item && 'body' in item ? item.body : undefined} />
      ) : (
        <>
          <Field name="description" label="Description" rows={3} value={recipe?.description} />
          <Field name="servings" label="Servings" type="number" value={recipe?.servings} />
          <Field name="cook_minutes" label="Minutes" type="number" value={recipe?.cook_minutes} />
          <Field
            name="ingredients"
            label="Ingredients"
            rows={6}
            hint="One on a line."
            value={recipe?.ingredients.join('\n')}
          />
          <Field
            name="directions"
            label="Directions"
            rows={6}
            hint="One step on a line."
            value={recipe?.directions.join('\n')}
          />
        </>
      )}
      <Field
        name="visibility"
        label="Who can read it"
        value={visibility}
        options={{ members: 'Members', public: 'Everybody' }}
      />
    </>
  )
}

export function NewItem({ type }: { type: Type }) {
  // The key is the same if the button is pressed again after a lost connection, so the item is written once.
  const key = useRef(crypto.randomUUID())
  if (!useUser()) return <SignInFirst />
  return (
    <>
      <Title>{type === 'posts' ? 'Write a post' : 'Write a recipe'}</Title>
      <Form
        label={type === 'posts' ? 'Post' : 'Recipe'}
        actions={['Publish', 'Save as draft']}
        onInput={() => (key.current = crypto.randomUUID())}
        onSubmit={async (values, action) => {
          const draft = action === 'Save as draft'
          const params = { header: { 'idempotency-key': `${key.current}${draft ? '-draft' : ''}` } }
          const result =
            type === 'posts'
              ? await postern.POST('/posts', { params, body: { ...postOf(values), draft } })
              : await postern.POST('/recipes', { params, body: { ...recipeOf(values), draft } })
          if (result.data) navigate(`/${type}/${result.data.id}`)
          return result
        }}
      >
        <Fields type={type} />
      </Form>
    </>
  )
}

export function EditItem({ type, id }: { type: Type; id: number }) {
  const { data, error } = useLoad<Item>(() => read(type, id), [type, id])
  if (error) return <ErrorMessage error={error} />
  if (!data) return <p role="status">Loading …</p>
  return <Editor type={type} base={data} />
}

const read = (type: Type, id: number) => postern.GET(`/${type}/{id}`, { params: { path: { id } } })

function Editor({ type, base }: { type: Type; base: Item }) {
  const [theirs, setTheirs] = useState<Item>()
  const { id } = base
  const { version } = theirs ?? base
  return (
    <>
      <Title>{`Edit “${base.title}”`}</Title>
      {theirs && (
        <section role="alert" tabIndex={-1} className="error" aria-labelledby="conflict">
          <h2 id="conflict">Somebody changed this while you edited it</h2>
          <p>It now reads as follows. Save again to replace it with yours, or leave the page to keep it.</p>
          <h3>{theirs.title}</h3>
          <pre tabIndex={0}>
            {'body' in theirs ? theirs.body : [...theirs.ingredients, ...theirs.directions].join('\n')}
          </pre>
        </section>
      )}
      <Form
        label="Edit"
        actions={[theirs ? 'Replace it with mine' : 'Save']}
        onSubmit={async (values) => {
          const result =
            type === 'posts'
              ? await postern.edit('/posts/{id}', id, { version, ...postOf(values) })
              : await postern.edit('/recipes/{id}', id, { version, ...recipeOf(values) })
          if (!result.error) navigate(`/${type}/${id}`)
          if (!isProblem(result.error, 'version-conflict')) return result
          const current = await read(type, id)
          if (!current.data) return current
          setTheirs(current.data)
          return undefined
        }}
      >
        <Fields type={type} item={base} />
      </Form>
    </>
  )
}

function SignInFirst() {
  return (
    <>
      <Title>Sign in first</Title>
      <p>Only members can write.</p>
    </>
  )
}
