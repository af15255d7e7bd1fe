/** Who signs in. */
type Person = { username: string; email: string; password: string }

/** A person who has no account. */
export function nobody(): Person {
  const username = `somebody-${crypto.randomUUID().slice(0, 8)}`
  return { username, email: `${username}@example.com`, password: 'a passphrase nobody uses' }
}

/** A person with an account, which no page has made, and an access token. */
export async function somebody(url: string): Promise<Person & { access_token: string }> {
  const person = nobody()
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${url}/users/register`, { method: 'POST', headers, body: JSON.stringify(person) })
  if (answer.status !== 201) throw new Error(`A registration was answered with ${answer.status}.`)
  const { access_token } = (await answer.json()) as { access_token: string }
  return { ...person, access_token }
}
