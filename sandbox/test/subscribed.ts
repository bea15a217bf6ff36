import type Stripe from 'stripe'
import { customerWithCard, type Started } from './start.ts'

/** A customer with a card and a subscription to one price, with its only item. */
export async function subscribe(
  { stripe }: Pick<Started, 'stripe'>,
  price: Stripe.Price,
  more: Partial<Stripe.SubscriptionCreateParams> = {},
  token?: string,
) {
  const customer = await customerWithCard(stripe, token)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    expand: ['latest_invoice'],
    ...more,
  })
  const [item] = subscription.items.data
  if (!item) throw new Error('The subscription has no item.')
  return { customer, subscription, item }
}

export const seconds = (text: string): number => Date.parse(text) / 1000
export const written = (at: number | null | undefined): string | null =>
  at == null ? null : new Date(at * 1000).toISOString().slice(0, 19)
export const day = (at: number | null | undefined): string | null => written(at)?.slice(0, 10) ?? null

export const amounts = (invoice: Stripe.Invoice): number[] => invoice.lines.data.map(({ amount }) => amount)

/** The invoice that was expanded, or is fetched now. */
export async function latestOf(stripe: Stripe, subscription: string): Promise<Stripe.Invoice> {
  const { latest_invoice: latest } = await stripe.subscriptions.retrieve(subscription, {
    expand: ['latest_invoice'],
  })
  if (!latest || typeof latest === 'string') throw new Error('The subscription has no invoice.')
  return latest
}

/** What a declined card is: it attaches, and every charge of it fails. */
export const decliningCard = '4000000000000341'
export const workingCard = '4242424242424242'
