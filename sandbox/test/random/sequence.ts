import type Stripe from 'stripe'
import { seeded } from '../../src/chance.ts'
import { type Started, start } from '../start.ts'
import { act, actions, type Choice, type Known, nameOf, type Played } from './actions.ts'
import { violations } from './invariants.ts'

export const begins = '2027-01-31T10:00:00Z'
const length = 50

/** The calls and moves of a seed. */
export function sequenceOf(seed: number): Choice[] {
  const chance = seeded(seed)
  const below = (limit: number) => Math.floor(chance() * limit)
  const many = Object.keys(actions).length
  return Array.from({ length }, () => ({
    action: below(many),
    a: below(100_000),
    b: below(100_000),
    c: below(100_000),
  }))
}

/** What every sequence finds: prices of several intervals, a meter, a coupon and a customer whose card works. */
export async function furnish({ direct: stripe }: Played): Promise<Known> {
  const product = await stripe.products.create({ name: 'Plan' })
  const price = async (amount: number, interval: 'week' | 'month' | 'year', meter?: string) => {
    const recurring = { interval, ...(meter ? { usage_type: 'metered' as const, meter } : {}) }
    const params = { product: product.id, currency: 'usd', unit_amount: amount, recurring }
    return (await stripe.prices.create(params)).id
  }
  const prices = [
    await price(1000, 'month'),
    await price(3333, 'month'),
    await price(9999, 'year'),
    await price(123, 'week'),
    await price(0, 'month'),
  ]
  const meter = await stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: 'calls',
    default_aggregation: { formula: 'sum' },
  })
  const coupon = await stripe.coupons.create({
    percent_off: 15,
    duration: 'repeating',
    duration_in_months: 2,
  })
  const customer = await stripe.customers.create({ name: 'First' })
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } })
  return {
    prices,
    metered: await price(7, 'month', meter.id),
    customers: [customer.id],
    subscriptions: [],
    coupon: coupon.id,
  }
}

/** What is wrong with the state that a world has come to; nothing where the books are right. */
export async function problemsOf({
  direct,
  control,
}: Pick<Started, 'direct' | 'control'>): Promise<string[]> {
  const { epochSeconds } = await control('clock')
  const { objects = [] } = (await control('snapshot')) as {
    objects?: { kind: string; object: Stripe.Event }[]
  }
  // Stripe lists the events of the last month only.
  const events = objects.filter(({ kind }) => kind === 'event').map(({ object }) => object)
  return violations(direct, Number(epochSeconds), events)
}

/** Plays choices in a sandbox of their own, in memory; answers what is wrong at their end. */
async function play(choices: Choice[]): Promise<string[]> {
  const world = await start({ now: begins, deaf: true })
  try {
    const known = await furnish(world)
    for (const choice of choices) await act(world, known, choice)
    return await problemsOf(world)
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  } finally {
    await world.close()
  }
}

export const written = (choices: Choice[]) =>
  choices.map((choice) => `  ${nameOf(choice)} ${choice.a} ${choice.b} ${choice.c}`).join('\n')

/** Plays the sequence of a seed; answers what is wrong at its end, with the fewest of its steps that make it so. */
export async function problemOfSeed(seed: number): Promise<string | undefined> {
  let choices = sequenceOf(seed)
  let problems = await play(choices)
  if (problems.length === 0) return undefined
  for (let at = choices.length - 1; at >= 0; at--) {
    const fewer = choices.toSpliced(at, 1)
    const left = await play(fewer)
    if (left.length === 0) continue
    choices = fewer
    problems = left
  }
  return `seed ${seed}:\n${written(choices)}\n${problems.join('\n')}`
}
