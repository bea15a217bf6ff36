import { afterAll, beforeAll, expect, test } from 'vitest'
import { back, refused } from './pay.ts'
import { customerWithCard, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const setUp = async (token: string, customer?: string) =>
  world.stripe.setupIntents.create({
    ...(customer === undefined ? {} : { customer }),
    payment_method: token,
    confirm: true,
    return_url: back,
  })

test('a card is set up and kept with the customer, who had it attached before the setup is told', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const types = await typesDuring(world, async () => {
    const done = await setUp('pm_card_visa', customer.id)
    expect(done).toMatchObject({ status: 'succeeded', usage: 'off_session', next_action: null })
    const { data } = await stripe.setupAttempts.list({ setup_intent: done.id })
    expect(data).toMatchObject([{ id: done.latest_attempt, status: 'succeeded', setup_error: null }])
    expect((await stripe.paymentMethods.retrieve(String(done.payment_method))).customer).toBe(customer.id)
  })
  expect(types).toEqual(['setup_intent.created', 'payment_method.attached', 'setup_intent.succeeded'])
})

test('a card that is declined is a 402 with the intent, whose attempt stays', async () => {
  const { stripe } = world
  const types = await typesDuring(world, async () => {
    const error = await refused(setUp('pm_card_chargeDeclinedExpiredCard'))
    expect(error).toMatchObject({ status: 402, type: 'card_error', code: 'expired_card', param: 'exp_month' })
    expect(error.setup_intent).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_setup_error: { code: 'expired_card' },
    })
    const { data } = await stripe.setupAttempts.list({ setup_intent: String(error.setup_intent?.id) })
    expect(data).toMatchObject([{ status: 'failed', setup_error: { code: 'expired_card' } }])
  })
  expect(types).toEqual(['setup_intent.created', 'setup_intent.setup_failed'])
})

test('3-D Secure of a setup is passed or failed by the person', async () => {
  const { stripe, control, sandbox } = world
  const customer = await stripe.customers.create({})
  const first = await setUp('pm_card_authenticationRequired', customer.id)
  expect(first.next_action?.redirect_to_url?.url).toBe(`${sandbox.url}/authenticate/${first.id}`)
  const failed = await control(`setup_intents/${first.id}/authenticate`, { outcome: 'fail' })
  expect(failed).toMatchObject({
    status: 'requires_payment_method',
    last_setup_error: { code: 'setup_intent_authentication_failure' },
  })
  await stripe.setupIntents.confirm(first.id, {
    payment_method: 'pm_card_authenticationRequired',
    return_url: back,
  })
  const types = await typesDuring(world, () =>
    control(`setup_intents/${first.id}/authenticate`, { outcome: 'pass' }),
  )
  expect(types).toEqual(['payment_method.attached', 'setup_intent.succeeded'])
  const { data } = await stripe.setupAttempts.list({ setup_intent: first.id })
  expect(data.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
})

test('a setup never takes the customer’s usual card by itself', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe)
  const intent = await stripe.setupIntents.create({ customer: customer.id })
  const error = await refused(stripe.setupIntents.confirm(intent.id, { return_url: back }))
  expect([error.status, error.code, error.setup_intent?.latest_attempt]).toEqual([
    400,
    'setup_intent_unexpected_state',
    null,
  ])
})

test('a setup takes the card of its own customer only', async () => {
  const { stripe } = world
  const [ann, bob] = [await customerWithCard(stripe), await stripe.customers.create({})]
  const card = String(ann.invoice_settings.default_payment_method)
  const stranger = await refused(stripe.setupIntents.create({ customer: bob.id, payment_method: card }))
  expect([stranger.status, stranger.param, stranger.setup_intent]).toEqual([400, 'payment_method', undefined])
  const bare = await stripe.setupIntents.create({})
  const later = await refused(stripe.setupIntents.update(bare.id, { payment_method: card }))
  expect(later.setup_intent?.id).toBe(bare.id)
})

test('a setup is changed and cancelled until it is over', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const intent = await stripe.setupIntents.create({ description: 'before', metadata: { a: '1' } })
  const changed = await stripe.setupIntents.update(intent.id, {
    customer: customer.id,
    description: 'after',
    metadata: { b: '2' },
    payment_method: 'pm_card_visa',
  })
  expect(changed).toMatchObject({
    customer: customer.id,
    description: 'after',
    metadata: { a: '1', b: '2' },
    status: 'requires_confirmation',
  })
  const types = await typesDuring(world, async () => {
    const canceled = await stripe.setupIntents.cancel(intent.id, { cancellation_reason: 'duplicate' })
    expect([canceled.status, canceled.cancellation_reason]).toEqual(['canceled', 'duplicate'])
  })
  expect(types).toEqual(['setup_intent.canceled'])
  for (const again of [
    stripe.setupIntents.confirm(intent.id, { return_url: back }),
    stripe.setupIntents.cancel(intent.id),
    stripe.setupIntents.update(intent.id, { payment_method: 'pm_card_visa' }),
  ])
    expect(await refused(again)).toMatchObject({ status: 400, code: 'setup_intent_unexpected_state' })
  const done = await setUp('pm_card_visa')
  const words = await stripe.setupIntents.update(done.id, { description: 'after the fact' })
  expect(words.description).toBe('after the fact')
})

test('setups are found by customer and by card', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({})
  const done = await setUp('pm_card_visa', customer.id)
  const mine = await stripe.setupIntents.list({ customer: customer.id })
  const theirs = await stripe.setupIntents.list({ payment_method: String(done.payment_method) })
  expect([mine.data, theirs.data].map((list) => list.map(({ id }) => id))).toEqual([[done.id], [done.id]])
  expect(await refused(stripe.setupIntents.retrieve('seti_nope'))).toMatchObject({
    status: 404,
    param: 'intent',
  })
  expect(await refused(stripe.setupAttempts.list({ setup_intent: 'seti_nope' }))).toMatchObject({
    status: 400,
    code: 'resource_missing',
  })
})

test('a setup for payments with the person there does not count as set up for those without', async () => {
  const { stripe, control } = world
  const customer = await stripe.customers.create({})
  const intent = await stripe.setupIntents.create({
    customer: customer.id,
    usage: 'on_session',
    payment_method: 'pm_card_authenticationRequiredOnSetup',
    confirm: true,
    return_url: back,
  })
  await control(`setup_intents/${intent.id}/authenticate`, { outcome: 'pass' })
  const off = stripe.paymentIntents.create({
    amount: 1000,
    currency: 'usd',
    customer: customer.id,
    payment_method: String(intent.payment_method),
    confirm: true,
    off_session: true,
  })
  expect(await refused(off)).toMatchObject({ code: 'authentication_required' })
})
