import Stripe from 'stripe'
import type { Started } from '../start.ts'

/** What a sequence has made so far, by id. */
export type Known = {
  prices: string[]
  metered: string
  customers: string[]
  subscriptions: string[]
  coupon: string
}

/** One call or move: which action, and three numbers by which it chooses among what there is. */
export type Choice = { action: number; a: number; b: number; c: number }

/** The sandbox that a sequence is played in. */
export type Played = Pick<Started, 'direct' | 'control' | 'advance'>

type About = { world: Played; stripe: Stripe; known: Known; a: number; b: number; c: number }
type Action = (about: About) => Promise<unknown>

const of = <T>(from: readonly T[], by: number): T => {
  const found = from[by % from.length]
  if (found === undefined) throw new Error('There is nothing to choose from.')
  return found
}

const cards = [
  'pm_card_visa',
  'pm_card_visa',
  'pm_card_chargeCustomerFail',
  'pm_card_authenticationRequired',
  null,
]
const behaviors = [
  'allow_incomplete',
  'default_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
] as const
const prorations = ['create_prorations', 'always_invoice', 'none'] as const
const missing = ['create_invoice', 'cancel', 'pause'] as const

async function newCustomer({ stripe, known, a, b }: About) {
  const made = await stripe.customers.create({ name: 'Ann', balance: of([0, 0, -700, 350], b) })
  known.customers.push(made.id)
  const card = of(cards, a)
  if (card === null) return
  const method = await stripe.paymentMethods.attach(card, { customer: made.id })
  await stripe.customers.update(made.id, { invoice_settings: { default_payment_method: method.id } })
}

async function replaceCard({ stripe, known, a, b }: About) {
  const customer = of(known.customers, a)
  const method = await stripe.paymentMethods.attach(of(cards, b) ?? 'pm_card_visa', { customer })
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } })
}

async function subscribe({ stripe, known, a, b, c }: About) {
  const made = await stripe.subscriptions.create({
    customer: of(known.customers, a),
    items: [{ price: of(known.prices, b), quantity: 1 + (c % 3) }],
    payment_behavior: of(behaviors.slice(0, 3), c),
    ...(b % 4 === 0 ? { discounts: [{ coupon: known.coupon }] } : {}),
  })
  known.subscriptions.push(made.id)
}

async function tryOut({ stripe, known, a, b, c }: About) {
  const made = await stripe.subscriptions.create({
    customer: of(known.customers, a),
    items: [{ price: of(known.prices, b) }],
    trial_period_days: 1 + (c % 40),
    trial_settings: { end_behavior: { missing_payment_method: of(missing, c) } },
  })
  known.subscriptions.push(made.id)
}

async function changePlan({ stripe, known, a, b, c }: About) {
  const { id, items } = await stripe.subscriptions.retrieve(of(known.subscriptions, a))
  const item = of(items.data, b)
  return stripe.subscriptions.update(id, {
    items: [{ id: item.id, price: of(known.prices, b), quantity: c % 4 }],
    proration_behavior: of(prorations, c),
    payment_behavior: of(behaviors, b),
  })
}

async function addItem({ stripe, known, a, b, c }: About) {
  return stripe.subscriptionItems.create({
    subscription: of(known.subscriptions, a),
    price: of(known.prices, b),
    quantity: 1 + (c % 2),
    proration_behavior: of(prorations, c),
  })
}

async function removeItem({ stripe, known, a, b, c }: About) {
  const { items } = await stripe.subscriptions.retrieve(of(known.subscriptions, a))
  return stripe.subscriptionItems.del(of(items.data, b).id, { proration_behavior: of(prorations, c) })
}

async function turnInvoice({ stripe, known, a, b }: About) {
  const customer = of(known.customers, a)
  const { data } = await stripe.invoices.list({ customer, limit: 5 })
  const invoice = of(data, b)
  const verbs = [
    () => stripe.invoices.finalizeInvoice(invoice.id),
    () => stripe.invoices.pay(invoice.id),
    () => stripe.invoices.pay(invoice.id, { paid_out_of_band: true }),
    () => stripe.invoices.voidInvoice(invoice.id),
    () => stripe.invoices.markUncollectible(invoice.id),
    () => stripe.invoices.del(invoice.id),
  ]
  return of(verbs, b)()
}

async function refund({ stripe, known, a, b, c }: About) {
  const { data } = await stripe.charges.list({ customer: of(known.customers, a), limit: 5 })
  const charge = of(data, b)
  return stripe.refunds.create({ charge: charge.id, ...(c % 2 ? { amount: 1 + (c % charge.amount) } : {}) })
}

async function credit({ stripe, known, a, b, c }: About) {
  const { data } = await stripe.invoices.list({ customer: of(known.customers, a), limit: 5 })
  const invoice = of(data, b)
  const amount = 1 + (c % Math.max(1, invoice.total))
  const paid = invoice.status === 'paid'
  return stripe.creditNotes.create({
    invoice: invoice.id,
    amount,
    ...(paid ? { credit_amount: amount } : {}),
  })
}

async function plan({ stripe, known, a, b, c }: About) {
  const made = await stripe.subscriptionSchedules.create({ from_subscription: of(known.subscriptions, a) })
  const current = of(made.phases, 0)
  return stripe.subscriptionSchedules.update(made.id, {
    end_behavior: c % 3 ? 'release' : 'cancel',
    phases: [
      {
        items: current.items.map(({ price, quantity }) => ({
          price: typeof price === 'string' ? price : price.id,
          ...(quantity === undefined ? {} : { quantity }),
        })),
        start_date: current.start_date,
        end_date: current.end_date,
      },
      {
        items: [{ price: of(known.prices, b), quantity: 1 }],
        duration: { interval: 'month', interval_count: 1 + (c % 2) },
      },
    ],
  })
}

async function unplan({ stripe, known, a, b }: About) {
  const { schedule } = await stripe.subscriptions.retrieve(of(known.subscriptions, a))
  if (typeof schedule !== 'string') return
  await (b % 2
    ? stripe.subscriptionSchedules.release(schedule)
    : stripe.subscriptionSchedules.cancel(schedule))
}

async function payAtCheckout({ world, stripe, known, a, b, c }: About) {
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: of(known.customers, a),
    line_items: [{ price: of(known.prices, b), quantity: 1 }],
    success_url: 'https://example.com/done',
    ...(c % 3 === 0 ? { subscription_data: { trial_period_days: 7 } } : {}),
  })
  await world.control(`checkout/${session.id}/pay`, { card: of(['4242424242424242', '4000000000000341'], c) })
  const { subscription } = await stripe.checkout.sessions.retrieve(session.id)
  if (typeof subscription === 'string') known.subscriptions.push(subscription)
}

const update = (change: (about: About) => Stripe.SubscriptionUpdateParams): Action => {
  return (about) => about.stripe.subscriptions.update(of(about.known.subscriptions, about.a), change(about))
}

/** Everything that a sequence may do; time moves about as often as anything is called. */
export const actions: Record<string, Action> = {
  newCustomer,
  replaceCard,
  subscribe,
  tryOut,
  changePlan,
  addItem,
  removeItem,
  turnInvoice,
  refund,
  credit,
  plan,
  unplan,
  payAtCheckout,
  cancelNow: ({ stripe, known, a, b, c }) =>
    stripe.subscriptions.cancel(of(known.subscriptions, a), {
      prorate: b % 2 === 0,
      invoice_now: c % 2 === 0,
    }),
  cancelAtEnd: update(() => ({ cancel_at_period_end: true })),
  stay: update(() => ({ cancel_at_period_end: false })),
  resetAnchor: update(({ b }) => ({
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: of(prorations, b),
  })),
  endTrial: update(() => ({ trial_end: 'now' })),
  discount: update(({ known, b }) => ({ discounts: b % 2 ? [{ coupon: known.coupon }] : [] })),
  pauseCollection: update(({ b }) => ({
    pause_collection: { behavior: of(['keep_as_draft', 'mark_uncollectible', 'void'] as const, b) },
  })),
  unpauseCollection: update(() => ({ pause_collection: '' })),
  pause: ({ stripe, known, a }) => stripe.subscriptions.pause(of(known.subscriptions, a)),
  resume: ({ stripe, known, a }) => stripe.subscriptions.resume(of(known.subscriptions, a)),
  useMeter: ({ stripe, known, a, b }) =>
    stripe.billing.meterEvents.create({
      event_name: 'calls',
      payload: { stripe_customer_id: of(known.customers, a), value: String(b % 90) },
    }),
  subscribeMetered: async ({ stripe, known, a, b }) => {
    const items = [{ price: known.metered }, ...(b % 2 ? [{ price: of(known.prices, b) }] : [])]
    const made = await stripe.subscriptions.create({ customer: of(known.customers, a), items })
    known.subscriptions.push(made.id)
  },
  billItem: ({ stripe, known, a, b }) =>
    stripe.invoiceItems.create({
      customer: of(known.customers, a),
      currency: 'usd',
      amount: (b % 900) - 200,
    }),
  billNow: ({ stripe, known, a, b }) =>
    stripe.invoices.create({
      customer: of(known.customers, a),
      pending_invoice_items_behavior: 'include',
      auto_advance: b % 2 === 0,
    }),
  giveBalance: ({ stripe, known, a, b }) =>
    stripe.customers.createBalanceTransaction(of(known.customers, a), {
      amount: (b % 3000) - 1500 || 1,
      currency: 'usd',
    }),
  deleteCustomer: async ({ stripe, known, a, b }) => {
    if (b % 5 === 0) await stripe.customers.del(of(known.customers, a))
  },
  lastFailure: ({ world, a }) =>
    world.control('settings', { after_last_retry: of(['cancel', 'unpaid', 'past_due'], a) }, 'PUT'),
  hours: ({ world, a }) => world.advance({ seconds: 1800 + (a % 100_000) }),
  days: ({ world, a }) => world.advance({ days: 1 + (a % 16) }),
  weeks: ({ world, a }) => world.advance({ days: 7 * (1 + (a % 4)) }),
  months: ({ world, a }) => world.advance({ months: 1 + (a % 2) }),
  monthOn: ({ world }) => world.advance({ months: 1 }),
}

const names = Object.keys(actions)

export const nameOf = ({ action }: Choice): string => of(names, action)

/** Does what a choice says. A refusal is an answer as good as any; a failure of the sandbox itself is not. */
export async function act(world: Played, known: Known, { action, a, b, c }: Choice): Promise<void> {
  const chosen = actions[of(names, action)]
  try {
    await chosen?.({ world, stripe: world.direct, known, a, b, c })
  } catch (error) {
    const nothingThere = error instanceof Error && error.message === 'There is nothing to choose from.'
    const refused = error instanceof Stripe.errors.StripeError && (error.statusCode ?? 500) < 500
    if (!nothingThere && !refused) throw error
  }
}
