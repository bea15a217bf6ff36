import { afterAll, beforeAll, expect, test } from 'vitest'
import { back, pay, refused } from './pay.ts'
import { customerWithCard, type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const always = 'pm_card_authenticationRequired'
const answer = (id: string, outcome: string) =>
  world.control(`payment_intents/${id}/authenticate`, { outcome })

test('a card that asks for 3-D Secure waits with the address of that step, and nothing is charged yet', async () => {
  const { stripe, sandbox } = world
  let id = ''
  const types = await typesDuring(world, async () => {
    const waiting = await pay(stripe, always)
    id = waiting.id
    expect([waiting.status, waiting.latest_charge, waiting.next_action?.type]).toEqual([
      'requires_action',
      null,
      'redirect_to_url',
    ])
    expect(waiting.next_action?.redirect_to_url).toEqual({
      return_url: back,
      url: `${sandbox.url}/authenticate/${waiting.id}`,
    })
  })
  expect(types).toEqual(['payment_intent.created', 'payment_intent.requires_action'])
  const passed = await typesDuring(world, () => answer(id, 'pass'))
  expect(passed).toEqual(['charge.succeeded', 'payment_intent.succeeded'])
  const done = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] })
  expect(done).toMatchObject({ status: 'succeeded', next_action: null })
  expect(done.latest_charge).toMatchObject({
    payment_method_details: { card: { three_d_secure: { result: 'authenticated' } } },
  })
})

test('whoever fails 3-D Secure leaves the intent without a payment method, and may try another', async () => {
  const { stripe } = world
  const { id } = await pay(stripe, always)
  const failed = await answer(id, 'fail')
  expect(failed).toMatchObject({
    status: 'requires_payment_method',
    payment_method: null,
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  })
  const again = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa', return_url: back })
  expect([again.status, again.last_payment_error]).toEqual(['succeeded', null])
})

test('the person is sent back to where they came from, with how it ended', async () => {
  const { stripe } = world
  const intent = await pay(stripe, always)
  const url = String(intent.next_action?.redirect_to_url?.url)
  const body = new URLSearchParams({ authenticated: 'yes' })
  const reply = await fetch(url, { method: 'POST', body, redirect: 'manual' })
  const address = new URL(String(reply.headers.get('location')))
  expect(address.origin + address.pathname).toBe(back)
  expect(Object.fromEntries(address.searchParams)).toEqual({
    payment_intent: intent.id,
    payment_intent_client_secret: intent.client_secret,
    redirect_status: 'succeeded',
  })
})

test('without an address to come back to, or with Stripe.js, the step is Stripe.js’s', async () => {
  const { stripe, sandbox } = world
  const intent = await pay(stripe, always, { use_stripe_sdk: true })
  expect(intent.next_action?.type).toBe('use_stripe_sdk')
  expect(intent.next_action?.use_stripe_sdk).toMatchObject({
    stripe_js: `${sandbox.url}/authenticate/${intent.id}`,
  })
})

test('without the person a card that asks for 3-D Secure is declined, and no charge is made', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe, always)
  const card = String(customer.invoice_settings.default_payment_method)
  const error = await refused(pay(stripe, card, { customer: customer.id, off_session: true }))
  expect(error).toMatchObject({
    status: 402,
    code: 'authentication_required',
    decline_code: 'authentication_required',
    payment_intent: { status: 'requires_payment_method', latest_charge: null },
  })
  expect(error.charge).toBeUndefined()
})

test('error_on_requires_action fails the payment instead of waiting', async () => {
  const error = await refused(pay(world.stripe, always, { error_on_requires_action: true }))
  expect(error).toMatchObject({ status: 402, code: 'authentication_required' })
  expect(error.payment_intent?.status).toBe('requires_payment_method')
})

test('a server that confirms by hand does so again after 3-D Secure', async () => {
  const { stripe } = world
  const intent = await pay(stripe, always, { confirmation_method: 'manual' })
  const passed = await answer(intent.id, 'pass')
  expect([passed.status, passed.latest_charge]).toEqual(['requires_confirmation', null])
  const done = await stripe.paymentIntents.confirm(intent.id, { return_url: back })
  expect(done.status).toBe('succeeded')
})

test('a card that is to be authenticated unless set up asks no more once it was set up', async () => {
  const { stripe, control } = world
  const customer = await customerWithCard(stripe, 'pm_card_authenticationRequiredOnSetup')
  const card = String(customer.invoice_settings.default_payment_method)
  expect((await pay(stripe, card, { customer: customer.id })).status).toBe('requires_action')
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: card,
    confirm: true,
    return_url: back,
  })
  await control(`setup_intents/${setup.id}/authenticate`, { outcome: 'pass' })
  const paid = await pay(stripe, card, { customer: customer.id, off_session: true })
  expect(paid.status).toBe('succeeded')
})

test('a card that is always authenticated asks again after it was set up', async () => {
  const { stripe, control } = world
  const customer = await customerWithCard(stripe, always)
  const card = String(customer.invoice_settings.default_payment_method)
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: card,
    confirm: true,
    return_url: back,
  })
  await control(`setup_intents/${setup.id}/authenticate`, { outcome: 'pass' })
  expect((await pay(stripe, card, { customer: customer.id })).status).toBe('requires_action')
})

test('a card already set up pays without the person and asks the person who is there', async () => {
  const { stripe } = world
  const customer = await customerWithCard(stripe, 'pm_card_authenticationRequiredSetupForOffSession')
  const card = String(customer.invoice_settings.default_payment_method)
  expect((await pay(stripe, card, { customer: customer.id, off_session: true })).status).toBe('succeeded')
  expect((await pay(stripe, card, { customer: customer.id })).status).toBe('requires_action')
})

test('a card may pass 3-D Secure and have no money all the same', async () => {
  const { stripe } = world
  const { id } = await pay(stripe, 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds')
  const after = await answer(id, 'pass')
  expect(after).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { decline_code: 'insufficient_funds' },
  })
})

test('3-D Secure that is only supported is asked for where the payment wants it', async () => {
  const { stripe } = world
  const card = 'pm_card_threeDSecureOptional'
  expect((await pay(stripe, card)).status).toBe('succeeded')
  const any = { card: { request_three_d_secure: 'any' as const } }
  expect((await pay(stripe, card, { payment_method_options: any })).status).toBe('requires_action')
})

test('an outcome is pass or fail, of something that waits', async () => {
  const { id } = await pay(world.stripe, 'pm_card_visa')
  expect(await answer(id, 'pass')).toMatchObject({ error: { code: 'payment_intent_unexpected_state' } })
  expect(await answer(id, 'maybe')).toMatchObject({
    error: { message: '"outcome" must be "pass" or "fail".' },
  })
})
