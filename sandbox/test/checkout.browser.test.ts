import type { Page } from 'playwright-core'
import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectSound, expectSoundEverywhere, handsOn, startDesk, tabTo } from './browser.ts'
import { monthlyPrice, type Started, start } from './start.ts'

/** Checkout as a person uses it, by keyboard alone. */
let world: Started
let desk: Awaited<ReturnType<typeof startDesk>>
let page: Page
let hands: ReturnType<typeof handsOn>
let price: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z', deaf: true })
  desk = await startDesk()
  price = await monthlyPrice(world.stripe, 4000, 'Basic')
})
afterAll(async () => {
  await desk?.close()
  await world.close()
})
beforeEach(async () => {
  page = await desk.openPage()
  hands = handsOn(page)
})
afterEach(() => page.context().close())

type Params = Stripe.Checkout.SessionCreateParams
const checkout = async (more: Params = {}) => {
  const session = await world.stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: `${desk.home}/ok?s={CHECKOUT_SESSION_ID}`,
    cancel_url: `${desk.home}/no`,
    ...more,
  })
  await page.goto(session.url ?? '')
  return session
}
const retrieve = (session: Stripe.Checkout.Session) => world.stripe.checkout.sessions.retrieve(session.id)
test('is paid by keyboard: a code, a quantity, a decline, then through', async () => {
  const { type, press, shows, typeCard, alerts } = hands
  const coupon = await world.stripe.coupons.create({ percent_off: 25, duration: 'once' })
  await world.stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: 'SPRING',
  })
  const session = await checkout({
    allow_promotion_codes: true,
    consent_collection: { terms_of_service: 'required' },
    line_items: [
      { price: price.id, quantity: 1, adjustable_quantity: { enabled: true, minimum: 1, maximum: 5 } },
    ],
    phone_number_collection: { enabled: true },
    custom_fields: [
      {
        key: 'team',
        label: { custom: 'Team', type: 'custom' },
        type: 'dropdown',
        dropdown: { options: [{ label: 'Sales', value: 's' }] },
      },
    ],
  })
  await expectSoundEverywhere(page)
  await tabTo(page, 'spinbutton', 'Quantity of Basic')
  await press('ArrowUp')
  await press('Enter')
  await shows('Subscribe, pay $80.00 now')
  await tabTo(page, 'textbox', 'Promotion code (optional)')
  await type('spring')
  await press('Enter')
  await shows('SPRING: 25% off once')
  await shows('Subscribe, pay $60.00 now')
  await tabTo(page, 'textbox', 'Email')
  await type('ann@example.com')
  await press('Tab')
  await type('+14155550123')
  await typeCard('4000 0000 0000 0002')
  await tabTo(page, 'combobox', 'Team')
  await type('Sales')
  await tabTo(page, 'checkbox', 'I agree to the terms of service.')
  await press('Space')
  await press('Enter')
  await alerts('Your card was declined.')
  await expectSoundEverywhere(page)
  await tabTo(page, 'textbox', 'Card number')
  await press('ControlOrMeta+A')
  await type('4242 4242 4242 4242')
  // Enter in a field pays; it must press neither the quantity's button nor the code's.
  await press('Enter')
  await shows('Back in the app')
  expect(page.url()).toBe(`${desk.home}/ok?s=${session.id}`)
  expect(await retrieve(session)).toMatchObject({
    amount_total: 6000,
    payment_status: 'paid',
    status: 'complete',
  })
})

test('by one press fills a test card in, and asks the bank where the card wants it', async () => {
  const { press, shows, typeCard, alerts } = hands
  const session = await checkout({
    customer_email: 'ann@example.com',
    mode: 'payment',
    line_items: [
      { price_data: { currency: 'usd', product_data: { name: 'Book' }, unit_amount: 1200 }, quantity: 1 },
    ],
  })
  await tabTo(page, 'button', /3-D Secure once/)
  await press('Enter')
  // The focus stands on the button that pays.
  await press('Enter')
  await shows('Your bank asks you to confirm this payment of $12.00')
  await expectSoundEverywhere(page)
  await tabTo(page, 'button', 'Fail authentication')
  await press('Enter')
  await alerts('We are unable to authenticate')
  expect((await retrieve(session)).status).toBe('open')
  await typeCard('4000002500003155')
  await press('Enter')
  await tabTo(page, 'button', 'Complete authentication')
  await press('Enter')
  await shows('Back in the app')
  expect((await retrieve(session)).payment_status).toBe('paid')
})

test('saves a card, starts a trial without one, and says where a session is over', async () => {
  const { press, shows, typeCard } = hands
  const setup = await checkout({
    mode: 'setup',
    currency: 'usd',
    customer_email: 'ann@example.com',
    line_items: undefined as never,
  })
  await shows('Nothing is charged now.')
  await expectSoundEverywhere(page)
  await typeCard('4242424242424242')
  await press('Enter')
  await shows('Back in the app')
  expect((await retrieve(setup)).status).toBe('complete')
  const trial = await checkout({
    customer_email: 'ann@example.com',
    payment_method_collection: 'if_required',
    subscription_data: { trial_period_days: 14 },
  })
  await shows('Free until 15 May 2026, then $40.00 per month until cancelled.')
  await expectSound(page)
  await tabTo(page, 'button', 'Start trial')
  await press('Enter')
  await shows('Back in the app')
  await page.goto(trial.url ?? '')
  await shows('This checkout was completed already.')
  await expectSoundEverywhere(page)
  const gone = await checkout({ after_expiration: { recovery: { enabled: true } } })
  await world.stripe.checkout.sessions.expire(gone.id)
  await page.reload()
  await shows('This checkout has expired')
  await expectSoundEverywhere(page)
  await tabTo(page, 'link', 'Start again')
  await press('Enter')
  await shows('Subscribe to Basic')
})
