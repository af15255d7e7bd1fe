import { useState } from 'react'
/** Sign-in and registration. */
import { Field, Form } from '../form.tsx'
import { postern } from '../postern.ts'
import { Link, navigate, Title } from '../router.tsx'

export function SignIn() {
  return (
    <>
      <Title>Sign in</Title>
      <Form
        label="Sign in"
        actions={['Sign in']}
        onSubmit={async ({ text }) => {
          const name = text('name')
          const by = name.includes('@') ? { email: name } : { username: name }
          const result = await postern.signIn({ ...by, password: text('password') })
          if (!result.error) navigate('/')
          return result
        }}
      >
        <Field name="name" label="Username or e-mail address" autoComplete="username" />
        <Field name="password" label="Password" type="password" autoComplete="current-password" />
      </Form>
      <p>
        <Link to="/forgot">Forgot your password?</Link>
      </p>
    </>
  )
}

export function Register() {
  // The link in the mail of an invitation has it in the fragment, which browsers do not send.
  const [invitation] = useState(() => location.hash.slice(1))
  const [isWaiting, setWaiting] = useState(false)
  if (isWaiting)
    return (
      <>
        <Title>Check your mail</Title>
        <p>A mail is on its way. Open the link in it to finish.</p>
      </>
    )
  return (
    <>
      <Title>Register</Title>
      <Form
        label="Register"
        actions={['Register']}
        onSubmit={async ({ text }) => {
          const result = await postern.register({
            username: text('username'),
            email: text('email'),
            password: text('password'),
            ...(invitation && { invitation }),
          })
          if (result.data) navigate('/')
          else if (!result.error) setWaiting(true)
          return result
        }}
      >
        <Field name="username" label="Username" autoComplete="username" />
        <Field name="email" label="E-mail address" type="email" autoComplete="email" />
        <Field
          name="password"
          label="Password"
          type="password"
          autoComplete="new-password"
          hint="At least 8 characters. A few words make a good one."
        />
      </Form>
    </>
  )
}
