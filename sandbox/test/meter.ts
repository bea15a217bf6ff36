import type Stripe from 'stripe'
import type { Started } from './start.ts'

export const hour = 3600
export const day = 24 * hour
/** When the sandbox of these tests starts. */
export const opening = Date.UTC(2026, 0, 31, 10) / 1000

export const makeMeter = (
  { stripe }: Started,
  eventName: string,
  more: Partial<Stripe.Billing.MeterCreateParams> = {},
) =>
  stripe.billing.meters.create({
    display_name: `Meter of ${eventName}`,
    event_name: eventName,
    default_aggregation: { formula: 'sum' },
    ...more,
  })

/** A meter, a customer, and ways to report usage and to sum it: instants are seconds from the opening. */
export async function startMeter(
  world: Started,
  eventName: string,
  formula: 'sum' | 'count' | 'last' = 'sum',
) {
  const { stripe, direct } = world
  const meter = await makeMeter(world, eventName, { default_aggregation: { formula } })
  const customer = await stripe.customers.create({ name: eventName })
  const list =
    (client: Stripe) =>
    async (more: Partial<Stripe.Billing.MeterListEventSummariesParams> = {}) => {
      const all = { customer: customer.id, start_time: opening - 10 * hour, end_time: opening + 90 * day }
      const { data } = await client.billing.meters.listEventSummaries(meter.id, { ...all, ...more })
      return data.map((summary) => [summary.start_time - opening, summary.aggregated_value])
    }
  return {
    meter,
    customer,
    report: (value: string, more: Partial<Stripe.Billing.MeterEventCreateParams> = {}) =>
      stripe.billing.meterEvents.create({
        event_name: eventName,
        payload: { stripe_customer_id: customer.id, value },
        ...more,
      }),
    sums: list(stripe),
    /** Past any proxy that watches. */
    sumsDirect: list(direct),
  }
}

export const clockNow = async ({ control }: Started): Promise<number> =>
  Math.floor(Date.parse(String((await control('clock')).now)) / 1000)
