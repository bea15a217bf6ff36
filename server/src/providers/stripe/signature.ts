import type Stripe from 'stripe'
import { Refusal } from '../../errors.ts'
import { fromEvent } from './convert.ts'
import type { VerifyWebhook } from './port.ts'

/**
 * Verifies webhooks with any of the secrets in force (two are, while one is being rotated): HMAC over the raw body,
 * at most 300 seconds of wall time old (docs.stripe.com/webhooks#verify-manually).
 */
export function stripeSignature(sdk: Stripe, secrets: string[]): VerifyWebhook {
  return (rawBody, signature) => {
    for (const secret of secrets) {
      try {
        return fromEvent(sdk.webhooks.constructEvent(rawBody, signature, secret))
      } catch (error) {
        if (!(error instanceof Error)) throw error
        // The next secret may be the one it was signed with.
      }
    }
    throw new Refusal('bad_signature')
  }
}
