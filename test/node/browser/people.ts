/** Accounts for the browser tests. */
type Person = { username: string; email: string; password: string }

/** The data of an account that does not exist yet. */
export function newPerson(): Person {
  const username = `somebody-${crypto.randomUUID().slice(0, 8)}`
  return { username, email: `${username}@example.com`, password: 'a passphrase nobody uses' }
}

/** A new account, registered without a page, with an access token. */
export async function registerPerson(url: string): Promise<Person & { access_token: string }> {
  const person = newPerson()
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${url}/users/register`, { method: 'POST', headers, body: JSON.stringify(person) })
  if (response.status !== 201) throw new Error(`The registration failed with ${response.status}.`)
  const { access_token } = (await response.json()) as { access_token: string }
  return { ...person, access_token }
}
