import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { card, openPortals } from './portal-visitor.ts'
import { type Started, start, typesDuring } from './start.ts'

let world: Started
let portals: Awaited<ReturnType<typeof openPortals>>
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z' })
  portals = await openPortals(world)
})
afterAll(() => world.close())

const priceOf = (subscription: Stripe.Subscription) => subscription.items.data[0]?.price.id

describe('a cancellation', () => {
  const reasons = { enabled: true, options: ['unused', 'other'] as ('unused' | 'other')[] }

  test('at the period’s end keeps the reason, and can be taken back', async () => {
    const { see, send, now } = await portals.visitor({
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
    const { send, now, customer } = await portals.visitor({
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
  const { send, see, customer } = await portals.visitor({
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
  const { send, see, customer } = await portals.visitor({ payment_method_update: { enabled: true } })
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
  const { see, send, now, subscription } = await portals.visitor({
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
      { do: 'change', price: portals.pro.id },
      { do: 'details', name: 'X' },
      card('5555555555554444'),
    ])
      await send(fields)
  })
  expect(types).toEqual([])
  expect(await now()).toEqual(before)
})

test('a subscription of somebody else is out of reach', async () => {
  const one = await portals.visitor({ subscription_cancel: { enabled: true } })
  const other = await portals.visitor({ subscription_cancel: { enabled: true } })
  await one.send({ do: 'cancel', subscription: other.subscription.id })
  expect((await other.now()).cancel_at_period_end).toBe(false)
})

describe('a flow', () => {
  test('to confirm a change shows only that, and leads to the address it was given', async () => {
    const session = ({ id, items }: Stripe.Subscription) => ({
      flow_data: {
        type: 'subscription_update_confirm',
        subscription_update_confirm: {
          subscription: id,
          items: [{ id: items.data[0]?.id, price: portals.pro.id }],
        },
        after_completion: { type: 'redirect', redirect: { return_url: 'https://example.com/done' } },
      },
    })
    const { see, send, now } = await portals.visitor(
      portals.withUpdates({ proration_behavior: 'always_invoice' }),
      {
        session,
      },
    )
    const shown = await see({ view: 'cancel' })
    expect([shown.includes('Change to Pro'), shown.includes('Back to billing')]).toEqual([true, false])
    expect((await send({ do: 'change' })).to).toBe('https://example.com/done')
    expect(priceOf(await now())).toBe(portals.pro.id)
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
    const { see, send } = await portals.visitor({ subscription_cancel: { enabled: true } }, { session })
    expect(await see()).toContain('Cancel Basic')
    expect((await send({ do: 'cancel' })).html).toContain('We will miss you')
    expect(await see()).toContain('Do not cancel')
  })

  test('to replace the card leads back to the portal’s home', async () => {
    const { see, send } = await portals.visitor(
      { payment_method_update: { enabled: true } },
      { session: { flow_data: { type: 'payment_method_update' } } },
    )
    expect(await see()).toContain('Replace your card')
    expect((await send(card('5555555555554444'))).to).toContain('?done=')
    expect(await see()).toContain('mastercard ending in 4444')
  })
})
