import { afterAll, beforeAll, expect, test } from 'vitest'
import { testCards } from '../src/stripe/payments/test-cards.ts'
import { back, chargeOf, pay, refused } from './pay.ts'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const method = (number: string, more: object = {}) =>
  world.stripe.paymentMethods.create({
    type: 'card',
    card: { number, exp_month: 12, exp_year: 2034, cvc: '123', ...more },
  })
const attach = async (card: string) => {
  const customer = await world.stripe.customers.create({})
  return world.stripe.paymentMethods.attach(card, { customer: customer.id })
}

test('4242424242424242 and pm_card_visa succeed', async () => {
  const [typed, named] = [await method('4242424242424242'), await attach('pm_card_visa')]
  expect((await pay(world.stripe, typed.id)).status).toBe('succeeded')
  expect(named.card).toMatchObject({
    brand: 'visa',
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    funding: 'credit',
    last4: '4242',
  })
  expect(typed.card?.checks?.cvc_check).toBe('unchecked')
  expect(typed.card?.fingerprint).toBe(named.card?.fingerprint)
})

test('a named card expires a year from now', async () => {
  const { card } = await attach('pm_card_visa')
  const now = new Date(Number((await world.control('clock')).epochSeconds) * 1000)
  expect([card?.exp_month, card?.exp_year]).toEqual([now.getUTCMonth() + 1, now.getUTCFullYear() + 1])
})

test('4000000000000002 and pm_card_chargeDeclined decline already when they are attached', async () => {
  for (const card of [(await method('4000000000000002')).id, 'pm_card_chargeDeclined'])
    expect(await refused(attach(card))).toMatchObject({
      status: 402,
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
      advice_code: 'try_again_later',
      network_decline_code: '01',
      message: 'Your card was declined.',
      param: '',
    })
})

test('4000000000000341 and pm_card_chargeCustomerFail attach, and later charges decline', async () => {
  for (const card of [(await method('4000000000000341')).id, 'pm_card_chargeCustomerFail']) {
    const kept = await attach(card)
    const customer = String(kept.customer)
    expect(await refused(pay(world.stripe, kept.id, { customer }))).toMatchObject({
      status: 402,
      code: 'card_declined',
    })
  }
})

test.each([
  ['4000000000009995', 'card_declined', 'insufficient_funds', 'Your card has insufficient funds.'],
  ['4000000000009987', 'card_declined', 'lost_card', 'Your card was declined.'],
  ['4000000000009979', 'card_declined', 'stolen_card', 'Your card was declined.'],
  ['4000000000000069', 'expired_card', 'expired_card', 'Your card has expired.'],
  ['4000000000000127', 'incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."],
  ['4000000000000119', 'processing_error', 'processing_error', /^An error occurred while processing/],
  ['4000000000006975', 'card_declined', 'card_velocity_exceeded', /repeated attempts too frequently/],
  ['4100000000000019', 'card_declined', 'fraudulent', 'Your card was declined.'],
  ['4000000000004954', 'card_declined', 'fraudulent', 'Your card was declined.'],
])('%s declines with %s, %s', async (number, code, decline, message) => {
  const { id } = await method(number)
  const error = await refused(pay(world.stripe, id))
  expect(error).toMatchObject({ status: 402, code, decline_code: decline })
  expect(error.message).toMatch(message)
})

test.each([
  ['4000002500003155', 'requires_action'],
  ['4000002760003184', 'requires_action'],
  ['4000008260003178', 'requires_action'],
  ['4000000000003220', 'requires_action'],
  ['4000000000003063', 'requires_action'],
  ['4000003800000446', 'requires_action'],
  ['4000000000003055', 'succeeded'],
  ['378282246310005', 'succeeded'],
])('%s answers %s to a payment with the person there', async (number, status) => {
  const { id } = await method(number)
  expect((await pay(world.stripe, id)).status).toBe(status)
})

test.each([
  ['mastercard', 'mastercard', 'credit', '4444'],
  ['visa_debit', 'visa', 'debit', '5556'],
  ['mastercard_prepaid', 'mastercard', 'prepaid', '5100'],
  ['amex', 'amex', 'credit', '8431'],
  ['discover', 'discover', 'credit', '9424'],
  ['diners', 'diners', 'credit', '0004'],
  ['jcb', 'jcb', 'credit', '0505'],
  ['unionpay', 'unionpay', 'credit', '0005'],
])('pm_card_%s is a card of %s, %s, ending in %s', async (name, brand, funding, last4) => {
  const { card } = await attach(`pm_card_${name}`)
  expect([card?.brand, card?.funding, card?.last4]).toEqual([brand, funding, last4])
})

test.each([
  ['de', 'DE'],
  ['br', 'BR'],
  ['jp', 'JP'],
  ['gb', 'GB'],
  ['authenticationRequired', 'DE'],
])('pm_card_%s is from %s', async (name, country) => {
  expect((await attach(`pm_card_${name}`)).card?.country).toBe(country)
})

test.each([
  ['4000000000000101', 'fail', 'pass', 'pass'],
  ['4000000000000010', 'pass', 'fail', 'fail'],
  ['4000000000000028', 'pass', 'fail', 'pass'],
  ['4000000000000036', 'pass', 'pass', 'fail'],
  ['4000000000000044', 'pass', 'unavailable', 'unavailable'],
])('%s pays, and its checks of cvc, street and postal code are %s, %s, %s', async (number, ...checks) => {
  const { id } = await world.stripe.paymentMethods.create({
    type: 'card',
    card: { number, exp_month: 12, exp_year: 2034, cvc: '123' },
    billing_details: { address: { line1: '1 Main', postal_code: '12345' } },
  })
  const charge = await chargeOf(world.stripe, await pay(world.stripe, id))
  const found = charge.payment_method_details?.card?.checks
  expect([found?.cvc_check, found?.address_line1_check, found?.address_postal_code_check]).toEqual(checks)
})

test('4000000000009235 pays at an elevated risk, and blocked cards never reach the bank', async () => {
  const { stripe } = world
  const risky = await pay(stripe, 'pm_card_riskLevelElevated')
  expect((await chargeOf(stripe, risky)).outcome?.risk_level).toBe('elevated')
  const blocked = await refused(pay(stripe, 'pm_card_radarBlock'))
  expect((await stripe.charges.retrieve(String(blocked.charge))).outcome).toMatchObject({
    network_status: 'not_sent_to_network',
    type: 'blocked',
  })
})

test('4000000000000077 earns what is available at once', async () => {
  const { stripe } = world
  const intent = await pay(stripe, 'pm_card_bypassPending', { capture_method: 'automatic' })
  const charge = await stripe.charges.retrieve(String(intent.latest_charge), {
    expand: ['balance_transaction'],
  })
  expect(charge.balance_transaction).toMatchObject({ status: 'available' })
})

test('every documented card has the check digit of a card', async () => {
  expect(testCards().length).toBeGreaterThan(100)
  const sum = (number: string) =>
    [...number].reverse().reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 ? 2 : 1)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  expect(testCards().filter(({ number }) => sum(number) % 10 !== 0)).toEqual([])
})

test('what is no card is refused as Stripe refuses it', async () => {
  expect(await refused(method('4242424242424241'))).toMatchObject({ status: 402, code: 'incorrect_number' })
  expect(await refused(method('4242424242424242', { exp_year: 2020 }))).toMatchObject({
    status: 402,
    code: 'invalid_expiry_year',
  })
  expect(await refused(method('4242424242424242', { exp_month: 13 }))).toMatchObject({
    code: 'invalid_expiry_month',
  })
  expect(await refused(method('4242424242424242', { cvc: '12' }))).toMatchObject({ code: 'invalid_cvc' })
  const { stripe } = world
  const without = { type: 'card', card: { number: '4242424242424242' } } as never
  expect(await refused(stripe.paymentMethods.create(without))).toMatchObject({
    status: 400,
    code: 'parameter_missing',
    param: 'card[exp_month]',
  })
  const token = stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_nope' } })
  expect(await refused(token)).toMatchObject({ status: 400, message: 'Invalid token id: tok_nope' })
})

test('an account that may not send card numbers is refused them, and its names go on working', async () => {
  const { stripe, control } = world
  await control('settings', { raw_card_numbers: false }, 'PUT')
  const error = await refused(method('4242424242424242'))
  expect([error.status, error.type]).toEqual([402, 'invalid_request_error'])
  const token = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
  expect(token.card?.last4).toBe('4242')
  await control('settings', { raw_card_numbers: null }, 'PUT')
})

test('a documented card that the sandbox does not play is refused by its number', async () => {
  const error = await refused(method('4000000000003097'))
  expect([error.status, error.message]).toEqual([
    400,
    'The sandbox does not implement the test card 4000000000003097 (3-D Secure that fails on its way).',
  ])
})

test('a card of the sandbox’s own works so many times and then declines', async () => {
  const { stripe, control } = world
  const made = await control('cards', { worksTimes: 2, thenDeclines: 'insufficient_funds' })
  const customer = await stripe.customers.create({})
  const card = await stripe.paymentMethods.attach(String(made.token), { customer: customer.id })
  const once = () => pay(stripe, card.id, { customer: customer.id })
  expect([(await once()).status, (await once()).status]).toEqual(['succeeded', 'succeeded'])
  for (let more = 0; more < 2; more++)
    expect(await refused(once())).toMatchObject({ status: 402, decline_code: 'insufficient_funds' })
  // The same number typed anew is the same card; another made alike is another.
  const typed = await method(String(made.number))
  expect(await refused(pay(stripe, typed.id))).toMatchObject({ status: 402 })
  const other = await control('cards', { worksTimes: 2 })
  expect((await pay(stripe, String(other.token))).status).toBe('succeeded')
  for (const wrong of [{ worksTimes: -1 }, { worksTimes: 1, thenDeclines: 'nothing' }])
    expect(String(Object(await control('cards', wrong)).error?.message)).toMatch(/^"\w+" must be/)
})

test('a subscription by a card that works twice is renewed once and then past due', async () => {
  const { stripe, control, advance } = world
  const { token } = await control('cards', { worksTimes: 2 })
  const customer = await customerWithCard(stripe, String(token))
  const price = await monthlyPrice(stripe, 3000)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const status = async () => (await stripe.subscriptions.retrieve(id)).status
  await advance({ days: 32 })
  expect(await status()).toBe('active')
  await advance({ days: 32 })
  expect(await status()).toBe('past_due')
})

test('an intent that was declined is paid by another card, with the same return address', async () => {
  const { stripe } = world
  const error = await refused(pay(stripe, 'pm_card_chargeDeclined'))
  const id = String(error.payment_intent?.id)
  const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa', return_url: back })
  expect(paid.status).toBe('succeeded')
  const charges = await stripe.charges.list({ payment_intent: id })
  expect(charges.data.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
})
