import type { VerifyTwilioWebhook } from './port.ts'
import { loadTwilio } from './sdk.ts'

/**
 * Verifies webhooks as twilio.com/docs/usage/security describes: an HMAC over the public URL and the sorted form
 * fields. `url` is the address that Twilio was given, query included, whatever a proxy made of it on the way.
 */
export function twilioSignature(authToken: string): VerifyTwilioWebhook {
  return async ({ signature, url, params }) => {
    const sdk = await loadTwilio()
    return sdk.validateRequest(authToken, signature, url, params)
  }
}
