import type { StripeEvent } from '../providers/stripe/port.ts'

/** Which object a webhook is about: events of one object are handled together, by one fetch. */
export type ObjectKey =
  | `checkout:${string}`
  | `subscription:${string}`
  | `invoice:${string}`
  | `customer:${string}`
  | `none:${string}`

/** Events of kinds that we do not act on are kept under `none:` and acknowledged. */
export function objectKeyOf(event: Pick<StripeEvent, 'id' | 'type' | 'object'>): ObjectKey {
  const { type, object } = event
  const id = textOf(object.id)
  if (type.startsWith('checkout.session.') && id) return `checkout:${id}`
  if (type.startsWith('customer.subscription.') && id) return `subscription:${id}`
  // A preview, not a record: there is nothing to fetch but the subscription that it is about.
  if (type === 'invoice.upcoming') {
    const subscription = subscriptionOf(object)
    return subscription ? `subscription:${subscription}` : `none:${event.id}`
  }
  if (type.startsWith('invoice.') && object.object === 'invoice' && id) return `invoice:${id}`
  if ((type === 'customer.updated' || type === 'customer.deleted') && id) return `customer:${id}`
  const customer = textOf(object.customer)
  if (type.startsWith('payment_method.') && customer) return `customer:${customer}`
  return `none:${event.id}`
}

function subscriptionOf(invoice: Record<string, unknown>): string | undefined {
  const parent = invoice.parent as
    | { subscription_details?: { subscription?: unknown } | null }
    | null
    | undefined
  return textOf(parent?.subscription_details?.subscription)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
