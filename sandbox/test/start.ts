import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { startSandbox } from '../src/main.ts'
import { takeWatch, webhookProxy } from './watched.ts'

const webhookSecret = 'whsec_test'

export type Started = Awaited<ReturnType<typeof start>>

/** Collects what is sent to a webhook address; every signature is checked by the official SDK. */
async function startListener() {
  const events: Stripe.Event[] = []
  const answers: number[] = []
  const problems: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      try {
        events.push(
          Stripe.webhooks.constructEvent(body, String(request.headers['stripe-signature']), webhookSecret),
        )
      } catch (error) {
        problems.push(String(error))
      }
      response.writeHead(answers.shift() ?? 200).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  /** `answers`: statuses for the next requests, 200 afterwards. */
  return { url, events, answers, problems, close, types: () => events.map(({ type }) => type) }
}

export const clientOf = (url: string, secretKey: string) => {
  const { hostname, port } = new URL(url)
  return new Stripe(secretKey, { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0 })
}

/**
 * A sandbox in memory with a listener, and the official SDK pointed at it, through a proxy that watches the
 * exchange where the environment names one.
 */
export async function start(options: { now?: string; dataDir?: string; deaf?: boolean } = {}) {
  const listener = await startListener()
  const watch = takeWatch()
  const hooks = [listener.url, ...(webhookProxy ? [webhookProxy] : [])].map((url) => ({
    url,
    secret: webhookSecret,
  }))
  const sandbox = await startSandbox({
    port: watch.port,
    now: options.now ?? '2026-01-31T10:00:00Z',
    clock: 'standing',
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    stripe: { secretKey: 'sk_test_start', webhookEndpoints: options.deaf ? [] : hooks },
  })
  const stripe = clientOf(watch.stripeBase ?? sandbox.url, 'sk_test_start')
  async function control(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
    const response = await fetch(`${sandbox.url}/_sandbox/${path}`, {
      method,
      // The next sandbox of a file that is watched has the same port, and is not to be asked by this one's connection.
      headers: { connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // The shape differs by path; a test reads what it expects and fails where it is not there.
    return (await response.json()) as Record<string, never>
  }
  return {
    sandbox,
    stripe,
    /** Straight to the sandbox, past any proxy that watches. */
    direct: clientOf(sandbox.url, 'sk_test_start'),
    listener,
    control,
    advance: (by: { seconds?: number; days?: number; months?: number; to?: string }) =>
      control('clock/advance', by),
    async close() {
      // What is still on its way is to be checked as well.
      if (webhookProxy) await control('clock/advance', { seconds: 0 })
      await sandbox.close()
      watch.leave()
      await listener.close()
    },
  }
}

/** A product with a monthly price, in cents. */
export async function monthlyPrice(
  stripe: Stripe,
  cents: number,
  name = 'Basic',
  interval: 'month' | 'year' = 'month',
) {
  const product = await stripe.products.create({ name })
  return stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: cents,
    recurring: { interval },
  })
}

/** A customer who has a card, by default one that works. */
export async function customerWithCard(stripe: Stripe, token = 'pm_card_visa') {
  const customer = await stripe.customers.create({ email: 'ann@example.com', name: 'Ann' })
  const method = await stripe.paymentMethods.attach(token, { customer: customer.id })
  return stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } })
}

/** The refusal of a call of the SDK, by what is documented of it. */
export async function refusalOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Stripe.errors.StripeError)) throw new Error('The call was not refused by Stripe.')
  return { status: error.statusCode, code: error.code, param: error.param }
}

/** The events that were sent while `act` ran, and none of those that were on their way before. */
export async function typesDuring({ advance, listener }: Started, act: () => Promise<unknown>) {
  await advance({ seconds: 0 })
  const before = listener.events.length
  await act()
  await advance({ seconds: 0 })
  return listener.types().slice(before)
}
