import type { FastifyInstance } from 'fastify'
import { Refusal } from '../errors.ts'
import { receiveStripeEvent } from '../inbox/receive.ts'
import type { Database } from '../lib/db.ts'
import type { VerifyWebhook } from '../providers/stripe/port.ts'

/** Stripe's own events are far smaller; what is larger is not from Stripe. */
const BODY_BYTES_MAX = 2_000_000

/** Where Stripe delivers, in a scope of its own: only here is the body kept raw, as the signature covers it. */
export async function stripeWebhooks(
  app: FastifyInstance,
  { db, verify }: { db: Database; verify: VerifyWebhook },
): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_request, body, done) =>
    done(null, body),
  )
  for (const path of ['/api/webhooks/stripe', '/stripe/webhook']) {
    app.post(path, { config: { rateLimit: false } }, async (request) => {
      const signature = request.headers['stripe-signature']
      if (typeof signature !== 'string' || !Buffer.isBuffer(request.body)) throw new Refusal('bad_signature')
      const event = verify(request.body, signature)
      const { isNew } = await receiveStripeEvent({ db }, { event, body: request.body.toString('utf8') })
      return { received: true, duplicate: !isNew }
    })
  }
}
