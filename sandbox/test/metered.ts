import Stripe from 'stripe'
import { makeMeter } from './meter.ts'
import { customerWithCard, type Started, start } from './start.ts'

/** When the sandbox of these tests starts. */
export const opening = Date.UTC(2026, 0, 31, 10) / 1000
export const decimal = Stripe.Decimal.from

/** A sandbox and a customer with a card; a test may put another customer there. */
export type Stage = { world: Started; customer: Stripe.Customer }

export async function startStage(): Promise<Stage> {
  const world = await start({ now: '2026-01-31T10:00:00Z' })
  return { world, customer: await customerWithCard(world.stripe) }
}

type Line = Stripe.InvoiceLineItem
export const shown = (line: Line) => [line.description, line.amount, line.quantity]
export const periodOf = ({ period }: Line): [number, number] => [period.start, period.end]
/** When an item's period began and ends: the clock flows on while a test asks. */
export function boundsOf(made: Stripe.Subscription): [number, number] {
  const [item] = made.items.data
  return [item?.current_period_start ?? 0, item?.current_period_end ?? 0]
}

/** What the tests of metered use do, on the stage as it is then. */
export const actsOn = (stage: Stage) => ({
  /** A meter with a monthly metered price. */
  async meteredPrice(
    eventName: string,
    more: Partial<Stripe.PriceCreateParams> = {},
    formula: 'count' | 'last' | 'sum' = 'sum',
  ) {
    const { stripe } = stage.world
    const meter = await makeMeter(stage.world, eventName, { default_aggregation: { formula } })
    const product = await stripe.products.create({ name: `Use of ${eventName}`, unit_label: 'call' })
    const price = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
      ...(more.billing_scheme ? {} : { unit_amount_decimal: decimal('1.3') }),
      ...more,
    })
    return { meter, product, price }
  },
  report: (eventName: string, value: string, more: Partial<Stripe.Billing.MeterEventCreateParams> = {}) =>
    stage.world.stripe.billing.meterEvents.create({
      event_name: eventName,
      payload: { stripe_customer_id: stage.customer.id, value },
      ...more,
    }),
  subscribe: (
    items: Stripe.SubscriptionCreateParams.Item[],
    more: Partial<Stripe.SubscriptionCreateParams> = {},
  ) => stage.world.stripe.subscriptions.create({ customer: stage.customer.id, items, ...more }),
  /** The subscription's latest invoice. */
  async latest(id: string): Promise<Stripe.Invoice> {
    const { latest_invoice: invoice } = await stage.world.stripe.subscriptions.retrieve(id, {
      expand: ['latest_invoice'],
    })
    if (!invoice || typeof invoice === 'string') throw new Error('There is no invoice.')
    return invoice
  },
})
