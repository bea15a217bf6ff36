import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Started, start, typesDuring } from './start.ts'

type Params = Stripe.Checkout.SessionCreateParams

let world: Started
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z' })
})
afterAll(() => world.close())

const success = { success_url: 'https://example.com/ok' }
const keepCard = (more: Params = {}) =>
  world.stripe.checkout.sessions.create({ mode: 'setup', currency: 'usd', ...success, ...more })
const pay = (session: Stripe.Checkout.Session, body: object = {}) =>
  world.control(`checkout/${session.id}/pay`, {
    card: '4242424242424242',
    email: 'guest@example.com',
    ...body,
  })
const retrieve = (session: Stripe.Checkout.Session, ...expand: string[]) =>
  world.stripe.checkout.sessions.retrieve(session.id, { expand })

describe('in setup mode', () => {
  test('a card is saved for the customer by the session’s setup intent', async () => {
    const customer = await world.stripe.customers.create({ email: 's@example.com' })
    const session = await keepCard({
      customer: customer.id,
      setup_intent_data: { description: 'Later', metadata: { a: 'b' } },
    })
    const types = await typesDuring(world, () => pay(session))
    expect(types).toEqual(['payment_method.attached', 'setup_intent.succeeded', 'checkout.session.completed'])
    const done = await retrieve(session, 'setup_intent')
    expect(done).toMatchObject({
      customer: customer.id,
      payment_status: 'no_payment_required',
      status: 'complete',
    })
    expect(done.setup_intent).toMatchObject({
      customer: customer.id,
      description: 'Later',
      metadata: { a: 'b' },
      status: 'succeeded',
    })
    const [method] = (await world.stripe.paymentMethods.list({ customer: customer.id })).data
    expect((done.setup_intent as Stripe.SetupIntent).payment_method).toBe(method?.id)
  })

  test('a customer is made only where the session wants one', async () => {
    const guest = await keepCard()
    await pay(guest)
    expect((await retrieve(guest)).customer).toBeNull()
    const session = await keepCard({ customer_creation: 'always' })
    await pay(session)
    expect((await retrieve(session, 'customer')).customer).toMatchObject({ email: 'guest@example.com' })
  })

  test('a card that the bank refuses is not saved, and leaves the session open', async () => {
    const customer = await world.stripe.customers.create({ email: 's@example.com' })
    const session = await keepCard({ customer: customer.id })
    expect((await pay(session, { card: '4000000000000002' })).error).toMatchObject({ code: 'card_declined' })
    expect((await world.stripe.paymentMethods.list({ customer: customer.id })).data).toEqual([])
    expect(await retrieve(session, 'setup_intent')).toMatchObject({
      status: 'open',
      setup_intent: { status: 'requires_payment_method' },
    })
  })

  test('the setup intent of an open session can be neither confirmed nor cancelled but by the session', async () => {
    const session = await keepCard()
    const { setupIntents } = world.stripe
    const id = String(session.setup_intent)
    const code = 'setup_intent_unexpected_state'
    await expect(setupIntents.confirm(id, { payment_method: 'pm_card_visa' })).rejects.toMatchObject({ code })
    await expect(setupIntents.cancel(id)).rejects.toMatchObject({ code })
    expect((await setupIntents.retrieve(id)).status).toBe('requires_payment_method')
  })

  test('expiring the session cancels its setup intent', async () => {
    const session = await keepCard()
    const types = await typesDuring(world, () => world.control(`checkout/${session.id}/expire`, {}))
    expect(types).toEqual(['setup_intent.canceled', 'checkout.session.expired'])
    expect((await retrieve(session, 'setup_intent')).setup_intent).toMatchObject({ status: 'canceled' })
  })
})
