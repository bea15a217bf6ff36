import { createClient, errorFromAnswer } from 'tollgate-client'

type Role = 'owner' | 'admin' | 'member' | 'operator'

/** Who is signed in by the page session; both null when nobody is. */
export type Me = {
  account: { id: string; name: string; email: string; externalId: string } | null
  role: Role | null
  sandbox: boolean
}

/** `brand.contact` is where "Talk to us" leads: an address of a page or a mailto. */
export type Config = {
  sandbox: boolean
  sandboxUrl: string | null
  publicUrl: string
  brand: { name: string; contact?: string | null }
}

/** The API as the signed-in person's browser reaches it: by the session's cookie, never by a key. */
export const api = createClient({
  baseUrl: '',
  fetch: (input, init) => {
    const headers = new Headers(init?.headers)
    // A form on another site cannot send this header, which is how the server tells our writes from theirs.
    headers.set('tollgate-csrf', '1')
    return fetch(input, { ...init, headers, credentials: 'same-origin' })
  },
})

export const fetchMe = () => api.request<Me>({ method: 'GET', path: '/api/me' })
export const fetchConfig = () => api.request<Config>({ method: 'GET', path: '/api/config' })

/** Signs in as the demo's account or operator (sandbox mode only) and answers where to go from there. */
export const enterDemo = async (as: 'account' | 'operator'): Promise<string> => {
  const answer = await fetch(`/demo/${as}`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { accept: 'application/json', 'tollgate-csrf': '1' },
  })
  if (!answer.ok) throw await errorFromAnswer(answer)
  const { path }: { path: string } = await answer.json()
  return path
}
