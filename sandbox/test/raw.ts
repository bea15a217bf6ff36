type Answer = {
  status: number
  headers: Headers
  text: string
  id: string
  object: string
  error: Record<string, string>
}

/** A request by hand, for what the SDK would not send; a body goes out as a form. */
export async function raw(
  base: string,
  on: string,
  given: { body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const [method = 'GET', path = ''] = on.split(' ')
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      authorization: 'Bearer sk_test_start',
      ...(given.body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...given.headers,
    },
    ...(given.body === undefined ? {} : { body: given.body }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, ...JSON.parse(text) }
}
