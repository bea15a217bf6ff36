/**
 * Where proxies that watch the exchange stand, if any: the environment names the port before which they wait, and their
 * own addresses. Only one sandbox of a file can be behind them.
 */
const { SANDBOX_PORT, STRIPE_API_BASE, TWILIO_API_BASE, WEBHOOK_PROXY } = process.env

/** A listener for Stripe's events that checks each, or none. */
export const webhookProxy = WEBHOOK_PROXY

type Watch = { port: number; stripeBase?: string; twilioBase?: string; leave(): void }

let isTaken = false

/** The watched port and the proxies before it, for the first that asks; any free port, unwatched, for the others. */
export function takeWatch(): Watch {
  if (SANDBOX_PORT === undefined || isTaken) return { port: 0, leave: () => undefined }
  isTaken = true
  return {
    port: Number(SANDBOX_PORT),
    ...(STRIPE_API_BASE === undefined ? {} : { stripeBase: STRIPE_API_BASE }),
    ...(TWILIO_API_BASE === undefined ? {} : { twilioBase: TWILIO_API_BASE }),
    leave() {
      isTaken = false
    },
  }
}
