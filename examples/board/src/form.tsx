/** Forms: fields with labels, and the errors of the service at their fields. */
import { fieldErrors, type PosternError } from '@postern/client'
import { createContext, use, useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { ErrorMessage } from './error.tsx'

const Errors = createContext<Record<string, string[]>>({})

type Submit = (values: Values, action: string) => Promise<{ error?: PosternError | undefined } | void>

/** The values of the fields by name. */
export type Values = { text: (name: string) => string }

type FormProps = {
  /** The name of the form for a screen reader. */
  label: string
  onSubmit: Submit
  onInput?: () => void
  /** The texts of the buttons. `onSubmit` gets the text of the pressed one. */
  actions: string[]
  children: ReactNode
}

export function Form({ label, onSubmit, onInput, actions, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  const [error, setError] = useState<PosternError>()
  const [isBusy, setBusy] = useState(false)
  const fields = fieldErrors(error)

  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]')?.focus()
  }, [error])

  async function submit(data: FormData, action: string) {
    setBusy(true)
    const text = (name: string) => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    }
    const result = await onSubmit({ text }, action)
    setBusy(false)
    setError(result?.error)
  }

  // An error without a field is shown above the form.
  const shown = new Set(Array.from(form.current?.elements ?? [], (element) => element.getAttribute('name')))
  const others = Object.entries(fields).filter(([name]) => !shown.has(name.split('.')[0] ?? ''))
  return (
    <form
      ref={form}
      aria-label={label}
      noValidate
      onInput={onInput}
      onSubmit={(event) => {
        event.preventDefault()
        const { submitter } = event.nativeEvent
        const action = submitter instanceof HTMLButtonElement ? submitter.value : (actions[0] ?? '')
        if (!isBusy) void submit(new FormData(event.currentTarget), action)
      }}
    >
      {error && (others.length > 0 || Object.keys(fields).length === 0) && (
        <ErrorMessage error={error} faults={others.flatMap(([, messages]) => messages)} />
      )}
      <Errors value={fields}>{children}</Errors>
      <p className="actions">
        {actions.map((action, at) => (
          <button key={action} value={action} aria-disabled={isBusy} className={at === 0 ? 'primary' : undefined}>
            {action}
          </button>
        ))}
      </p>
    </form>
  )
}

type FieldProps = {
  name: string
  label: string
  type?: 'text' | 'email' | 'password' | 'search' | 'number' | 'datetime-local'
  hint?: string
  rows?: number
  value?: string | number | null | undefined
  autoComplete?: string
  options?: Record<string, string>
}

export function Field({ name, label, type = 'text', hint, rows, value, autoComplete = 'off', options }: FieldProps) {
  const id = useId()
  const errors = Object.entries(use(Errors)).flatMap(([field, messages]) =>
    field === name ? messages : field.startsWith(`${name}.`) ? messages.map((text) => lineOf(field, text)) : [],
  )
  const input = {
    id,
    name,
    autoComplete,
    defaultValue: value ?? '',
    'aria-invalid': errors.length > 0 || undefined,
    'aria-describedby': errors.length > 0 || hint ? `${id}-about` : undefined,
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {options ? (
        <select {...input}>
          {Object.entries(options).map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      ) : rows ? (
        <textarea {...input} rows={rows} />
      ) : (
        <input {...input} type={type} />
      )}
      {(errors.length > 0 || hint) && (
        <p id={`${id}-about`} className={errors.length > 0 ? 'fault' : 'hint'}>
          {errors.join(' ') || hint}
        </p>
      )}
    </div>
  )
}

/** A fault of one line in a field for a list. */
const lineOf = (field: string, text: string) => `Line ${Number(field.split('.')[1]) + 1}: ${text}`
