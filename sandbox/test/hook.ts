import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Stripe from 'stripe'

type Heard = { event: Stripe.Event; body: string; signature: string }

/** An address for webhooks that keeps what it hears as it came; `answers` are statuses for the next ones, 200 afterwards. */
export async function startHook() {
  const heard: Heard[] = []
  const answers: number[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    heard.push({ event: JSON.parse(body), body, signature: String(request.headers['stripe-signature']) })
    response.writeHead(answers.shift() ?? 200).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heard,
    answers,
    types: () => heard.map(({ event }) => event.type),
    close,
  }
}
