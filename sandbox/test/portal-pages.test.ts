import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, type Started, start, typesDuring } from './start.ts'

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features
type Update = NonNullable<Features['subscription_update']>

let world: Started
let basic: Stripe.Price
let pro: Stripe.Price
let small: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z' })
  basic = await monthlyPrice(world.stripe, 4000, 'Basic')
  pro = await monthlyPrice(world.stripe, 9000, 'Pro')
  small = await monthlyPrice(world.stripe, 1000, 'Small')
})
afterAll(() => world.close())

const withUpdates = (more: Partial<Update> = {}): Features => ({
  payment_method_update: { enabled: true },
  subscription_update: {
    enabled: true,
    default_allowed_updates: ['price'],
    products: [basic, pro, small].map(({ id, product }) => ({ prices: [id], product: String(product) })),
    ...more,
  },
})

/** A subscriber to the Basic plan at the portal of a configuration, half an hour into their first month. */
async function visitor(
  features: Features,
  more: { token?: string; subscribe?: object; session?: object } = {},
) {
  const { stripe } = world
  const customer = await customerWithCard(stripe, more.token)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic.id }],
    ...more.subscribe,
  })
  const configuration = await stripe.billingPortal.configurations.create({ features })
  const asked = typeof more.session === 'function' ? more.session(subscription) : more.session
  const { url } = await stripe.billingPortal.sessions.create({
    customer: customer.id,
    configuration: configuration.id,
    return_url: 'https://example.com/back',
    ...asked,
  })
  const see = async (query: Record<string, string> = {}) =>
    (await fetch(`${url}?${new URLSearchParams({ subscription: subscription.id, ...query })}`)).text()
  const send = async (fields: Record<string, string>) => {
    const body = new URLSearchParams({ subscription: subscription.id, ...fields })
    const answer = await fetch(url, { method: 'POST', redirect: 'manual', body })
    return { status: answer.status, to: answer.headers.get('location'), html: await answer.text() }
  }
  const now = () => stripe.subscriptions.retrieve(subscription.id)
  return { customer, subscription, url, see, send, now }
}

const priceOf = (subscription: Stripe.Subscription) => subscription.items.data[0]?.price.id
const card = (number: string) => ({ do: 'card', number, expiry: '12 / 34', cvc: '123', name: 'Ann' })

describe('a change of plan', () => {
  test('shows its proration line by line, makes exactly that, and says so', async () => {
    const { see, send, now } = await visitor(withUpdates({ proration_behavior: 'always_invoice' }))
    const shown = await see({ view: 'confirm', price: pro.id })
    expect(shown).toMatch(/Unused time on Basic after 0?1 May 2026/)
    expect(shown).toMatch(/Remaining time on Pro after 0?1 May 2026/)
    const due = /Due today<\/span><span>\$([\d.]+)</.exec(shown)?.[1]
    const types = await typesDuring(world, () => send({ do: 'change', price: pro.id }))
    expect(types).toContain('customer.subscription.updated')
    expect(types).toContain('invoice.paid')
    const after = await now()
    expect(priceOf(after)).toBe(pro.id)
    const invoice = await world.stripe.invoices.retrieve(String(after.latest_invoice))
    expect((invoice.amount_paid / 100).toFixed(2)).toBe(due)
  })

  test('waits for the next invoice where the configuration prorates without one', async () => {
    const { see, send, now, subscription } = await visitor(
      withUpdates({ proration_behavior: 'create_prorations' }),
    )
    expect(await see({ view: 'confirm', price: pro.id })).toContain('On your next invoice')
    await send({ do: 'change', price: pro.id })
    expect([priceOf(await now()), (await now()).latest_invoice]).toEqual([
      pro.id,
      subscription.latest_invoice,
    ])
  })

  test('that the card does not pay for changes nothing, and says why', async () => {
    const { send, now } = await visitor(withUpdates({ proration_behavior: 'always_invoice' }))
    await world.control(`customers/${(await now()).customer}/card`, { card: '4000000000000341' })
    const types = await typesDuring(world, async () => {
      expect((await send({ do: 'change', view: 'confirm', price: pro.id })).html).toContain(
        'Your card was declined.',
      )
    })
    expect(types).toEqual([])
    expect(priceOf(await now())).toBe(basic.id)
  })

  test('to less waits for the period’s end where the configuration says so', async () => {
    const { see, send, now, subscription } = await visitor(
      withUpdates({
        proration_behavior: 'always_invoice',
        schedule_at_period_end: { conditions: [{ type: 'decreasing_item_amount' }] },
      }),
    )
    expect(await see({ view: 'confirm', price: small.id })).toContain('Your plan changes on 1 June 2026.')
    await send({ do: 'change', price: small.id })
    expect([priceOf(await now()), (await now()).schedule]).toEqual([
      basic.id,
      expect.stringMatching(/^sub_sched_/),
    ])
    expect(await see()).toContain('A change of plan is planned.')
    await world.advance({
      to: new Date((Number(subscription.items.data[0]?.current_period_end) + 7200) * 1000).toISOString(),
    })
    expect(priceOf(await now())).toBe(small.id)
    const [renewal] = (await world.stripe.invoices.list({ subscription: subscription.id })).data
    expect(renewal?.total).toBe(1000)
  })

  test('ends a trial, or lets it go on where the configuration says so', async () => {
    const trial = { subscribe: { trial_period_days: 14 } }
    const ends = await visitor(withUpdates({ proration_behavior: 'always_invoice' }), trial)
    await ends.send({ do: 'change', price: pro.id })
    expect(await ends.now()).toMatchObject({ status: 'active' })
    const goesOn = await visitor(withUpdates({ trial_update_behavior: 'continue_trial' }), trial)
    await goesOn.send({ do: 'change', price: pro.id })
    expect([(await goesOn.now()).status, priceOf(await goesOn.now())]).toEqual(['trialing', pro.id])
  })

  test('takes a quantity within its bounds and a promotion code, where the configuration allows them', async () => {
    const products = [
      {
        product: String(pro.product),
        prices: [pro.id],
        adjustable_quantity: { enabled: true, minimum: 2, maximum: 5 },
      },
    ]
    const free = await visitor(
      withUpdates({ default_allowed_updates: ['price', 'quantity', 'promotion_code'], products }),
    )
    expect(await free.see({ view: 'confirm', price: pro.id, quantity: '6' })).toContain(
      'The quantity must be between 2 and 5.',
    )
    expect(await free.see({ view: 'confirm', price: pro.id, quantity: '3', code: 'NONE' })).toContain(
      'This promotion code is invalid.',
    )
    const coupon = await world.stripe.coupons.create({ percent_off: 50, duration: 'forever' })
    await world.stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: 'HALF',
    })
    await free.send({ do: 'change', price: pro.id, quantity: '3', code: 'half' })
    const after = await free.now()
    expect([priceOf(after), after.items.data[0]?.quantity, after.discounts.length]).toEqual([pro.id, 3, 1])
    const fixed = await visitor(withUpdates())
    expect(
      (await fixed.send({ do: 'change', view: 'confirm', price: pro.id, quantity: '3' })).html,
    ).toContain('The quantity cannot be changed')
  })
})

describe('a cancellation', () => {
  const reasons = { enabled: true, options: ['unused', 'other'] as ('unused' | 'other')[] }

  test('at the period’s end keeps the reason, and can be taken back', async () => {
    const { see, send, now } = await visitor({
      subscription_cancel: { enabled: true, cancellation_reason: reasons },
    })
    expect(await see({ view: 'cancel' })).not.toContain('It is too expensive')
    await send({ do: 'cancel', feedback: 'unused', comment: 'Never came to it' })
    expect(await now()).toMatchObject({
      cancel_at_period_end: true,
      cancellation_details: {
        comment: 'Never came to it',
        feedback: 'unused',
        reason: 'cancellation_requested',
      },
    })
    expect(await see()).toContain('It ends on')
    const types = await typesDuring(world, () => send({ do: 'resume' }))
    expect(types).toEqual(['customer.subscription.updated'])
    expect(await now()).toMatchObject({ cancel_at: null, cancel_at_period_end: false, canceled_at: null })
  })

  test('now gives back what is left as a pending item, where the configuration says so', async () => {
    const { send, now, customer } = await visitor({
      subscription_cancel: { enabled: true, mode: 'immediately', proration_behavior: 'create_prorations' },
    })
    const types = await typesDuring(world, () => send({ do: 'cancel' }))
    expect(types.at(-1)).toBe('customer.subscription.deleted')
    expect((await now()).status).toBe('canceled')
    const { data } = await world.stripe.invoiceItems.list({ customer: customer.id, pending: true })
    expect(data.map(({ amount, parent }) => [amount < 0, parent?.type])).toEqual([
      [true, 'subscription_details'],
    ])
  })
})

test('details are changed, those that the configuration allows', async () => {
  const { send, see, customer } = await visitor({
    customer_update: { enabled: true, allowed_updates: ['name', 'address'] },
  })
  expect(await see({ view: 'details' })).not.toContain('id="email"')
  expect(
    (
      await send({
        do: 'details',
        view: 'details',
        name: 'X',
        address_line1: '1',
        address_country: 'Germany',
      })
    ).html,
  ).toContain('two letters')
  const types = await typesDuring(world, () =>
    send({
      do: 'details',
      name: 'Ann Ltd',
      email: 'other@example.com',
      address_line1: '1 Way',
      address_country: 'de',
    }),
  )
  expect(types).toEqual(['customer.updated'])
  expect(await world.stripe.customers.retrieve(customer.id)).toMatchObject({
    address: { country: 'DE', line1: '1 Way' },
    email: 'ann@example.com',
    name: 'Ann Ltd',
  })
})

test('a card is set up and used from then on; one that asks for 3-D Secure waits for the bank', async () => {
  const { send, see, customer } = await visitor({ payment_method_update: { enabled: true } })
  expect((await send({ view: 'card', ...card('4000000000000002') })).html).toContain(
    'Your card was declined.',
  )
  expect((await send(card('4000002500003155'))).html).toContain('Complete authentication')
  expect((await send({ authenticated: 'no' })).html).toContain('We are unable to authenticate')
  await send(card('4000002500003155'))
  const types = await typesDuring(world, () => send({ authenticated: 'yes' }))
  expect(types).toEqual([
    'setup_intent.created',
    'setup_intent.requires_action',
    'payment_method.attached',
    'setup_intent.succeeded',
    'customer.updated',
  ])
  expect(await see()).toContain('visa ending in 3155')
  const { data } = await world.stripe.paymentMethods.list({ customer: customer.id })
  expect(data.map((method) => method.card?.last4)).toEqual(['3155', '4242'])
})

test('what the configuration does not allow is neither shown nor done', async () => {
  const { see, send, now, subscription } = await visitor({
    customer_update: { enabled: false, allowed_updates: ['name'] },
    invoice_history: { enabled: true },
  })
  await send({ do: 'cancel' })
  expect((await now()).cancel_at_period_end).toBe(false)
  await world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  const shown = await see()
  for (const text of [
    'Change plan',
    'Cancel subscription',
    'Do not cancel',
    'Replace card',
    'Update details',
  ])
    expect(shown).not.toContain(text)
  expect(shown).toContain('Invoices')
  expect(await see({ view: 'plans' })).toContain('cannot be changed here')
  const before = await now()
  const types = await typesDuring(world, async () => {
    for (const fields of [
      { do: 'cancel' },
      { do: 'resume' },
      { do: 'change', price: pro.id },
      { do: 'details', name: 'X' },
      card('5555555555554444'),
    ])
      await send(fields)
  })
  expect(types).toEqual([])
  expect(await now()).toEqual(before)
})

test('a subscription of somebody else is out of reach', async () => {
  const one = await visitor({ subscription_cancel: { enabled: true } })
  const other = await visitor({ subscription_cancel: { enabled: true } })
  await one.send({ do: 'cancel', subscription: other.subscription.id })
  expect((await other.now()).cancel_at_period_end).toBe(false)
})

describe('a flow', () => {
  test('to confirm a change shows only that, and leads to the address it was given', async () => {
    const session = ({ id, items }: Stripe.Subscription) => ({
      flow_data: {
        type: 'subscription_update_confirm',
        subscription_update_confirm: { subscription: id, items: [{ id: items.data[0]?.id, price: pro.id }] },
        after_completion: { type: 'redirect', redirect: { return_url: 'https://example.com/done' } },
      },
    })
    const { see, send, now } = await visitor(withUpdates({ proration_behavior: 'always_invoice' }), {
      session,
    })
    const shown = await see({ view: 'cancel' })
    expect([shown.includes('Change to Pro'), shown.includes('Back to billing')]).toEqual([true, false])
    expect((await send({ do: 'change' })).to).toBe('https://example.com/done')
    expect(priceOf(await now())).toBe(pro.id)
  })

  test('to cancel ends with a confirmation of its own, then the portal is open', async () => {
    const session = ({ id }: Stripe.Subscription) => ({
      flow_data: {
        type: 'subscription_cancel',
        subscription_cancel: { subscription: id },
        after_completion: {
          type: 'hosted_confirmation',
          hosted_confirmation: { custom_message: 'We will miss you' },
        },
      },
    })
    const { see, send } = await visitor({ subscription_cancel: { enabled: true } }, { session })
    expect(await see()).toContain('Cancel Basic')
    expect((await send({ do: 'cancel' })).html).toContain('We will miss you')
    expect(await see()).toContain('Do not cancel')
  })

  test('to replace the card leads back to the portal’s home', async () => {
    const { see, send } = await visitor(
      { payment_method_update: { enabled: true } },
      { session: { flow_data: { type: 'payment_method_update' } } },
    )
    expect(await see()).toContain('Replace your card')
    expect((await send(card('5555555555554444'))).to).toContain('?done=')
    expect(await see()).toContain('mastercard ending in 4444')
  })
})
