import Stripe from 'stripe'
import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'

/**
 * Runs a call to Stripe and tells its failures apart: *refused* is final for this very request, *unavailable* says
 * nothing about whether the work was done (docs.stripe.com/error-low-level).
 */
export async function askStripe<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && isFinal(error)) {
      throw new ProviderRefused('Stripe', {
        code: error.decline_code ?? error.code ?? error.type,
        message: error.message,
        ...(error.statusCode === undefined ? {} : { status: error.statusCode }),
        cause: error,
      })
    }
    throw new ProviderUnavailable('Stripe', error)
  }
}

function isFinal(error: InstanceType<typeof Stripe.errors.StripeError>): boolean {
  const status = error.statusCode ?? 0
  // 409 is another request holding the lock or the key, 429 a full bucket: neither did anything.
  return status >= 400 && status < 500 && status !== 409 && status !== 429
}
