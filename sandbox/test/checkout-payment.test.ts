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
const book = (unit_amount = 2500) => ({
  price_data: { currency: 'usd', product_data: { name: 'Book' }, unit_amount },
  quantity: 2,
})
const charge = (more: Params = {}) =>
  world.stripe.checkout.sessions.create({ mode: 'payment', line_items: [book()], ...success, ...more })
const pay = (session: Stripe.Checkout.Session, body: object = {}) =>
  world.control(`checkout/${session.id}/pay`, {
    card: '4242424242424242',
    email: 'guest@example.com',
    ...body,
  })
const retrieve = (session: Stripe.Checkout.Session, ...expand: string[]) =>
  world.stripe.checkout.sessions.retrieve(session.id, { expand })

describe('in payment mode', () => {
  test('a guest pays: the payment has no customer, and the events say so in order', async () => {
    const session = await charge({
      payment_intent_data: {
        description: 'Order 7',
        metadata: { order: '7' },
        receipt_email: 'r@example.com',
      },
    })
    expect([session.customer_creation, session.amount_total]).toEqual(['if_required', 5000])
    const types = await typesDuring(world, () => pay(session))
    expect(types.filter((type) => type !== 'charge.updated')).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ])
    const done = await retrieve(session, 'payment_intent.payment_method')
    expect(done).toMatchObject({
      customer: null,
      customer_details: { email: 'guest@example.com', tax_ids: [] },
      invoice: null,
      payment_status: 'paid',
      status: 'complete',
    })
    expect(done.payment_intent).toMatchObject({
      amount_received: 5000,
      customer: null,
      description: 'Order 7',
      metadata: { order: '7' },
      payment_method: { customer: null },
      receipt_email: 'r@example.com',
    })
  })

  test('a customer is made where the session wants one, and keeps the card where it is for later', async () => {
    const session = await charge({
      customer_creation: 'always',
      payment_intent_data: { setup_future_usage: 'off_session' },
    })
    await pay(session)
    const { customer } = await retrieve(session)
    expect((await world.stripe.paymentMethods.list({ customer: String(customer) })).data).toHaveLength(1)
    const once = await charge({ customer: String(customer) })
    await pay(once, { card: '5555555555554444' })
    expect((await world.stripe.paymentMethods.list({ customer: String(customer) })).data).toHaveLength(1)
    expect(await retrieve(once, 'payment_intent')).toMatchObject({ payment_intent: { customer } })
  })

  test('a declined card leaves the session open and nothing behind', async () => {
    const session = await charge({ customer_creation: 'always' })
    const before = (await world.stripe.customers.list()).data.length
    const types = await typesDuring(world, () => pay(session, { card: '4000000000009995' }))
    expect(types).toEqual([])
    expect((await pay(session, { card: '4000000000009995' })).error).toMatchObject({
      code: 'card_declined',
      decline_code: 'insufficient_funds',
    })
    expect((await world.stripe.customers.list()).data).toHaveLength(before)
    expect(await retrieve(session)).toMatchObject({ payment_intent: null, status: 'open' })
    expect((await pay(session)).status).toBe('complete')
  })

  test('3-D Secure is asked for, and failing it pays nothing', async () => {
    const session = await charge()
    const failed = await pay(session, { card: '4000002760003184', authenticated: false })
    expect(failed.error).toMatchObject({ code: 'payment_intent_authentication_failure' })
    expect((await pay(session, { card: '4000002760003184' })).status).toBe('complete')
  })

  test('a payment that is only held is not paid yet', async () => {
    const session = await charge({ payment_intent_data: { capture_method: 'manual' } })
    await pay(session)
    const done = await retrieve(session, 'payment_intent')
    expect([done.status, done.payment_status]).toEqual(['complete', 'unpaid'])
    expect((done.payment_intent as Stripe.PaymentIntent).status).toBe('requires_capture')
  })

  test('a coupon of the whole amount asks for no card and counts as redeemed', async () => {
    const coupon = await world.stripe.coupons.create({ percent_off: 100, duration: 'once' })
    const session = await charge({ discounts: [{ coupon: coupon.id }] })
    expect(session.amount_total).toBe(0)
    await world.control(`checkout/${session.id}/pay`, { email: 'free@example.com' })
    expect(await retrieve(session)).toMatchObject({
      payment_intent: null,
      payment_status: 'no_payment_required',
    })
    expect((await world.stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1)
  })

  test('an invoice of its own is made where the session wants one, with its discount', async () => {
    const coupon = await world.stripe.coupons.create({ percent_off: 10, duration: 'once' })
    const session = await charge({
      discounts: [{ coupon: coupon.id }],
      invoice_creation: {
        enabled: true,
        invoice_data: { description: 'Thanks', footer: 'Bye', metadata: { a: 'b' } },
      },
    })
    expect(session.amount_total).toBe(4500)
    await pay(session)
    const done = await retrieve(session, 'invoice', 'payment_intent')
    expect(done.invoice).toMatchObject({
      amount_paid: 4500,
      customer: done.customer,
      description: 'Thanks',
      footer: 'Bye',
      metadata: { a: 'b' },
      status: 'paid',
      total_discount_amounts: [{ amount: 500 }],
    })
    expect(done.payment_intent).toMatchObject({ amount: 4500, status: 'succeeded' })
    expect((await world.stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1)
  })

  test('by a smaller quantity less is paid, within the bounds of the session', async () => {
    const session = await charge({
      line_items: [{ ...book(), adjustable_quantity: { enabled: true, minimum: 1, maximum: 3 } }],
      expand: ['line_items'],
    })
    const [line] = session.line_items?.data ?? []
    const page = (quantity: string, more: Record<string, string>) =>
      fetch(session.url ?? '', {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ [`quantity[${line?.id}]`]: quantity, ...more }),
      })
    expect(await (await page('4', { apply: 'quantity' })).text()).toContain(
      'The quantity must be between 1 and 3.',
    )
    expect(await (await page('3', { apply: 'quantity' })).text()).toContain('Pay $75.00 now')
    const card = {
      email: 'q@example.com',
      number: '4242424242424242',
      expiry: '12 / 34',
      cvc: '123',
      name: 'Q',
    }
    expect((await page('1', card)).status).toBe(303)
    expect((await retrieve(session)).amount_total).toBe(2500)
  })
})

describe('a customer who comes again', () => {
  test('is offered the cards that may be shown again, and pays with one of them', async () => {
    const customer = await world.stripe.customers.create({ email: 'again@example.com' })
    const save = {
      customer: customer.id,
      saved_payment_method_options: { payment_method_save: 'enabled' as const },
    }
    const page = (session: Stripe.Checkout.Session, fields: Record<string, string>) =>
      fetch(session.url ?? '', { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })
    const card = { number: '4242424242424242', expiry: '12 / 34', cvc: '123', name: 'Ann' }
    const once = await charge(save)
    await page(once, card)
    const cards = async () => (await world.stripe.paymentMethods.list({ customer: customer.id })).data
    expect(await cards()).toEqual([])
    const kept = await charge(save)
    await page(kept, { ...card, save: 'yes' })
    const [method] = await cards()
    expect(method?.allow_redisplay).toBe('always')
    const again = await charge({ customer: customer.id })
    expect(await (await fetch(again.url ?? '')).text()).toContain('Use visa ending in 4242')
    expect((await page(again, { saved: 'pm_card_visa' })).status).toBe(200)
    expect((await page(again, { saved: method?.id ?? '' })).status).toBe(303)
    expect(await retrieve(again, 'payment_intent')).toMatchObject({
      payment_intent: { payment_method: method?.id },
    })
    const hidden = await charge({
      customer: customer.id,
      saved_payment_method_options: { allow_redisplay_filters: ['limited'] },
    })
    expect(await (await fetch(hidden.url ?? '')).text()).not.toContain('Use visa ending')
  })

  test('leaves a tax ID with the business’s name, where the session asks for it', async () => {
    const customer = await world.stripe.customers.create({ email: 'tax@example.com' })
    const asked = {
      customer: customer.id,
      tax_id_collection: { enabled: true, required: 'if_supported' as const },
    }
    await expect(charge(asked)).rejects.toMatchObject({ param: 'customer_update[name]' })
    const session = await charge({ ...asked, customer_update: { name: 'auto' } })
    const page = (fields: Record<string, string>) =>
      fetch(session.url ?? '', {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({
          number: '4242424242424242',
          expiry: '12 / 34',
          cvc: '123',
          name: 'Ann',
          business_name: 'Ann GmbH',
          country: 'DE',
          postal_code: '1',
          ...fields,
        }),
      })
    expect(await (await page({})).text()).toContain('A tax ID is needed')
    expect(await (await page({ tax_id: 'DE123456789', tax_type: 'xx_vat' })).text()).toContain(
      'what kind of tax ID',
    )
    expect((await page({ tax_id: 'DE123456789', tax_type: 'eu_vat' })).status).toBe(303)
    expect((await retrieve(session)).customer_details).toMatchObject({
      business_name: 'Ann GmbH',
      tax_ids: [{ type: 'eu_vat', value: 'DE123456789' }],
    })
    const { data } = await world.stripe.customers.listTaxIds(customer.id)
    expect(data.map(({ value }) => value)).toEqual(['DE123456789'])
  })
})

test('a session that asks for 3-D Secure asks it of a card that would not', async () => {
  const supports = '4000000000003055'
  const plain = await charge()
  const wanting = await charge({ payment_method_options: { card: { request_three_d_secure: 'any' } } })
  const ask = (session: Stripe.Checkout.Session) => pay(session, { card: supports, authenticated: false })
  expect((await ask(plain)).status).toBe('complete')
  expect((await ask(wanting)).error).toMatchObject({ code: 'payment_intent_authentication_failure' })
})
