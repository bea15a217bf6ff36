import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start } from './start.ts'

type Params = Stripe.Checkout.SessionCreateParams

let world: Started
let price: Stripe.Price
let fee: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 4000, 'Pro')
  fee = await world.stripe.prices.create({
    product_data: { name: 'Set-up' },
    currency: 'usd',
    unit_amount: 15_000,
  } as Stripe.PriceCreateParams)
})
afterAll(() => world.close())

const addresses = {
  success_url: 'https://example.com/ok?s={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://example.com/no',
}
const sell = (more: Params = {}) =>
  world.stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    ...addresses,
    ...more,
  })
const charge = (more: Params = {}) =>
  world.stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price: fee.id, quantity: 1 }],
    ...addresses,
    ...more,
  })
const pay = (session: Stripe.Checkout.Session, body: object = { card: '4242424242424242' }) =>
  world.control(`checkout/${session.id}/pay`, body)
const now = async () => Number((await world.control('clock')).epochSeconds)
const retrieve = (session: Stripe.Checkout.Session, ...expand: string[]) =>
  world.stripe.checkout.sessions.retrieve(session.id, { expand })

test('a session shows what the real API was recorded to show', async () => {
  const customer = await world.stripe.customers.create({ email: 'rec@example.com' })
  const named = { customer: customer.id }
  expect(await charge(named)).toMatchObject({
    customer_creation: null,
    customer_details: { email: 'rec@example.com', tax_exempt: 'none', tax_ids: null },
    invoice_creation: { enabled: false, invoice_data: { metadata: {}, issuer: null } },
    payment_intent: null,
    payment_method_collection: 'if_required',
    payment_status: 'unpaid',
  })
  expect(await sell(named)).toMatchObject({ invoice_creation: null, payment_method_collection: 'always' })
  const setup = await world.stripe.checkout.sessions.create({
    ...addresses,
    ...named,
    mode: 'setup',
    currency: 'usd',
  })
  expect(setup.id).toMatch(/^cs_test_c1/)
  expect(setup).toMatchObject({
    amount_subtotal: null,
    amount_total: null,
    currency: 'usd',
    customer_details: { email: 'rec@example.com', tax_exempt: null },
    discounts: null,
    payment_status: 'no_payment_required',
    saved_payment_method_options: null,
    setup_intent: expect.stringMatching(/^seti_/),
    total_details: null,
  })
})

test('what is bought once is on the first invoice only, also while a trial runs', async () => {
  const session = await sell({
    customer_email: 'once@example.com',
    line_items: [
      { price: price.id, quantity: 2 },
      { price: fee.id, quantity: 1 },
    ],
    subscription_data: { trial_period_days: 7 },
    expand: ['line_items'],
  })
  expect(session.amount_total).toBe(15_000)
  expect(session.line_items?.data.map(({ amount_total }) => amount_total)).toEqual([0, 15_000])
  await pay(session)
  const done = await retrieve(session, 'subscription', 'invoice')
  const subscription = done.subscription as Stripe.Subscription
  expect([done.payment_status, subscription.status, subscription.items.data.length]).toEqual([
    'paid',
    'trialing',
    1,
  ])
  expect((done.invoice as Stripe.Invoice).amount_paid).toBe(15_000)
  await world.advance({ days: 8 })
  const [renewal] = (await world.stripe.invoices.list({ subscription: subscription.id })).data
  expect([renewal?.billing_reason, renewal?.amount_due]).toEqual(['subscription_cycle', 8000])
})

test('with a billing day of its own the part up to it is due today, or nothing', async () => {
  const at = await now()
  const anchor = { billing_cycle_anchor: at + 10 * 86_400 }
  const session = await sell({ customer_email: 'day@example.com', subscription_data: anchor })
  expect(session.amount_total).toBeGreaterThan(1200)
  expect(session.amount_total).toBeLessThan(1400)
  await pay(session)
  const done = await retrieve(session, 'subscription', 'invoice')
  expect((done.subscription as Stripe.Subscription).billing_cycle_anchor).toBe(anchor.billing_cycle_anchor)
  expect(Math.abs((done.invoice as Stripe.Invoice).amount_paid - Number(session.amount_total))).toBeLessThan(
    2,
  )
  const free = await sell({
    customer_email: 'day@example.com',
    subscription_data: { ...anchor, proration_behavior: 'none' },
  })
  expect(free.amount_total).toBe(0)
  expect(
    await refusalOf(sell({ subscription_data: { billing_cycle_anchor: at + 60 * 86_400 } })),
  ).toMatchObject({ status: 400 })
  // The lines stay as they were sold, also when that day is long past.
  await world.advance({ days: 20 })
  const { data } = await world.stripe.checkout.sessions.listLineItems(session.id)
  expect(data[0]?.amount_total).toBe(session.amount_total)
})

test('taxes are on the session as they are on its invoice: usual ones, those of a line, on top or included', async () => {
  const rate = (percentage: number, inclusive: boolean) =>
    world.stripe.taxRates.create({ display_name: 'Tax', percentage, inclusive })
  const [onTop, included] = [await rate(10, false), await rate(25, true)]
  const coupon = await world.stripe.coupons.create({ percent_off: 50, duration: 'once' })
  const session = await sell({
    customer_email: 'tax@example.com',
    discounts: [{ coupon: coupon.id }],
    line_items: [
      { price: price.id, quantity: 1 },
      { price: fee.id, quantity: 1, tax_rates: [included.id] },
    ],
    subscription_data: { default_tax_rates: [onTop.id] },
    expand: ['line_items'],
  })
  // Half of 40.00 and 10 % on top; half of 150.00, of which a fifth is tax.
  expect(session.line_items?.data.map((line) => [line.amount_total, line.amount_tax])).toEqual([
    [2200, 200],
    [7500, 1500],
  ])
  expect([session.amount_total, session.total_details?.amount_tax]).toEqual([9700, 1700])
  await pay(session)
  const { invoice } = await retrieve(session, 'invoice')
  const paid = invoice as Stripe.Invoice
  const taxes = (paid.total_taxes ?? []).map(({ amount }) => amount).sort((a, b) => a - b)
  expect([paid.amount_paid, taxes]).toEqual([9700, [200, 1500]])
  const once = await charge({ line_items: [{ price: fee.id, quantity: 1, tax_rates: [onTop.id] }] })
  await pay(once, { card: '4242424242424242', email: 't@example.com' })
  expect((await retrieve(once, 'payment_intent')).payment_intent).toMatchObject({ amount: 16_500 })
  expect(
    await refusalOf(sell({ line_items: [{ price: price.id, quantity: 1, tax_rates: ['txr_x'] }] })),
  ).toMatchObject({
    param: 'line_items[0][tax_rates][0]',
  })
})

test('answers to custom fields, terms, names and a phone number are kept with the session', async () => {
  const session = await sell({
    name_collection: { business: { enabled: true }, individual: { enabled: true, optional: true } },
    phone_number_collection: { enabled: true },
    consent_collection: { terms_of_service: 'required', promotions: 'auto' },
    custom_fields: [
      {
        key: 'size',
        label: { custom: 'Size', type: 'custom' },
        type: 'dropdown',
        dropdown: { options: [{ label: 'L', value: 'l' }] },
      },
      {
        key: 'number',
        label: { custom: 'Number', type: 'custom' },
        type: 'numeric',
        numeric: { minimum_length: 3 },
      },
    ],
  })
  const page = (more: Record<string, string>) =>
    fetch(session.url ?? '', {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        email: 'a@example.com',
        number: '4242424242424242',
        expiry: '12 / 34',
        cvc: '123',
        name: 'Ann',
        phone: '+14155550123',
        business_name: 'Ann Ltd',
        terms: 'yes',
        'field[size]': 'l',
        'field[number]': '1234',
        ...more,
      }),
    })
  const wrong: [Record<string, string>, string][] = [
    [{ phone: '' }, 'A phone number is needed'],
    [{ business_name: ' ' }, 'Business name is needed'],
    [{ 'field[size]': 'xl' }, 'takes one of its options'],
    [{ 'field[number]': '12' }, 'must be 3 to 255 characters'],
    [{ 'field[number]': 'abcd' }, 'takes digits only'],
  ]
  for (const [fields, text] of wrong) expect(await (await page(fields)).text()).toContain(text)
  expect((await page({ promotions: 'yes' })).status).toBe(303)
  expect(await retrieve(session)).toMatchObject({
    collected_information: { business_name: 'Ann Ltd', individual_name: null },
    consent: { promotions: 'opt_in', terms_of_service: 'accepted' },
    custom_fields: [{ dropdown: { value: 'l' } }, { numeric: { value: '1234' } }],
    customer_details: { phone: '+14155550123', business_name: 'Ann Ltd' },
  })
})

test('lines and metadata are changed while a session is open, metadata also later', async () => {
  const session = await sell({
    customer_email: 'u@example.com',
    metadata: { a: '1' },
    expand: ['line_items'],
  })
  const line = session.line_items?.data[0]
  const changed = await world.stripe.checkout.sessions.update(session.id, {
    line_items: [
      { id: line?.id ?? '', quantity: 3 },
      { price: fee.id, quantity: 1 },
    ],
    metadata: { b: '2' },
    expand: ['line_items'],
  })
  expect([changed.amount_total, changed.metadata]).toEqual([27_000, { a: '1', b: '2' }])
  expect(changed.line_items?.data[0]?.id).toBe(line?.id)
  const unknown = world.stripe.checkout.sessions.update(session.id, {
    line_items: [{ id: 'li_x', quantity: 1 }],
  })
  expect(await refusalOf(unknown)).toMatchObject({ param: 'line_items[0][id]' })
  await pay(session)
  expect(
    await refusalOf(
      world.stripe.checkout.sessions.update(session.id, {
        line_items: [{ id: line?.id ?? '', quantity: 1 }],
      }),
    ),
  ).toMatchObject({ status: 400 })
  expect((await world.stripe.checkout.sessions.update(session.id, { metadata: { a: '' } })).metadata).toEqual(
    { b: '2' },
  )
})

test('an expired session can be recovered for 30 days by an address that makes a copy of it', async () => {
  const session = await sell({
    customer_email: 'r@example.com',
    after_expiration: { recovery: { enabled: true, allow_promotion_codes: true } },
  })
  expect(session.after_expiration?.recovery?.url).toBeNull()
  const expired = await world.stripe.checkout.sessions.expire(session.id)
  const url = expired.after_expiration?.recovery?.url ?? ''
  const copy = (await fetch(url, { redirect: 'manual' })).headers.get('location')
  const fresh = await world.stripe.checkout.sessions.retrieve(String(copy).split('/').at(-1) ?? '')
  expect(fresh).toMatchObject({
    allow_promotion_codes: true,
    amount_total: 4000,
    recovered_from: session.id,
    status: 'open',
  })
  expect((await pay(fresh)).status).toBe('complete')
  await world.advance({ days: 31 })
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(400)
})

test('sessions are listed by customer, subscription, status and email, and their lines page by page', async () => {
  const session = await sell({
    customer_email: 'list@example.com',
    line_items: [
      { price: price.id, quantity: 1 },
      { price: fee.id, quantity: 2 },
    ],
  })
  await pay(session)
  const done = await retrieve(session)
  const { sessions } = world.stripe.checkout
  const ids = async (params: Stripe.Checkout.SessionListParams) =>
    (await sessions.list(params)).data.map(({ id }) => id)
  expect(await ids({ subscription: String(done.subscription) })).toEqual([session.id])
  expect(await ids({ customer: String(done.customer) })).toEqual([session.id])
  expect(await ids({ customer_details: { email: 'list@example.com' } })).toEqual([session.id])
  expect(await ids({ customer: String(done.customer), status: 'open' })).toEqual([])
  const first = await sessions.listLineItems(session.id, { limit: 1 })
  const second = await sessions.listLineItems(session.id, {
    limit: 1,
    starting_after: first.data[0]?.id ?? '',
  })
  expect([first.has_more, first.data[0]?.description, second.has_more, second.data[0]?.amount_total]).toEqual(
    [true, 'Pro', false, 30_000],
  )
})
