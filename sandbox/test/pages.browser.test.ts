import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectSound, expectSoundEverywhere, openBrowser, tabTo } from './browser.ts'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

/** The hosted pages as a person uses them, by keyboard alone. */
let world: Started
let app: Server
let home: string
let browser: Browser
let page: Page
let price: Stripe.Price
let pro: Stripe.Price
beforeAll(async () => {
  app = createServer((_, response) => response.end('<h1>Back in the app</h1>'))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  home = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  world = await start({ now: '2026-05-01T00:00:00Z', deaf: true })
  browser = await openBrowser()
  price = await monthlyPrice(world.stripe, 4000, 'Basic')
  pro = await monthlyPrice(world.stripe, 9000, 'Pro')
})
afterAll(async () => {
  await browser?.close()
  await world.close()
  app.closeAllConnections()
  app.close()
})
beforeEach(async () => {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
})
afterEach(() => page.context().close())

type Params = Stripe.Checkout.SessionCreateParams
const checkout = async (more: Params = {}) => {
  const session = await world.stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: `${home}/ok?s={CHECKOUT_SESSION_ID}`,
    cancel_url: `${home}/no`,
    ...more,
  })
  await page.goto(session.url ?? '')
  return session
}
const retrieve = (session: Stripe.Checkout.Session) => world.stripe.checkout.sessions.retrieve(session.id)
const type = (text: string) => page.keyboard.type(text)
const press = (key: string) => page.keyboard.press(key)
const shows = (text: string | RegExp) => page.getByText(text).first().waitFor()

async function typeCard(number: string) {
  await tabTo(page, 'textbox', 'Card number')
  await type(number)
  await press('Tab')
  await type('12 / 34')
  await press('Tab')
  await type('123')
  await press('Tab')
  await type('Ann Example')
}

describe('Checkout', () => {
  test('is paid by keyboard: a code, a quantity, a decline, then through', async () => {
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
    await page.getByRole('alert').getByText('Your card was declined.').waitFor()
    await expectSoundEverywhere(page)
    await tabTo(page, 'textbox', 'Card number')
    await press('ControlOrMeta+A')
    await type('4242 4242 4242 4242')
    // Enter in a field pays; it must press neither the quantity's button nor the code's.
    await press('Enter')
    await shows('Back in the app')
    expect(page.url()).toBe(`${home}/ok?s=${session.id}`)
    expect(await retrieve(session)).toMatchObject({
      amount_total: 6000,
      payment_status: 'paid',
      status: 'complete',
    })
  })

  test('by one press fills a test card in, and asks the bank where the card wants it', async () => {
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
    await page.getByRole('alert').getByText('We are unable to authenticate').waitFor()
    expect((await retrieve(session)).status).toBe('open')
    await typeCard('4000002500003155')
    await press('Enter')
    await tabTo(page, 'button', 'Complete authentication')
    await press('Enter')
    await shows('Back in the app')
    expect((await retrieve(session)).payment_status).toBe('paid')
  })

  test('saves a card, starts a trial without one, and says where a session is over', async () => {
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
})

describe('the portal', () => {
  async function visit(session: object = {}) {
    const { stripe } = world
    const customer = await customerWithCard(stripe)
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
    })
    const configuration = await stripe.billingPortal.configurations.create({
      features: {
        customer_update: {
          enabled: true,
          allowed_updates: ['name', 'email', 'phone', 'address', 'shipping'],
        },
        invoice_history: { enabled: true },
        payment_method_update: { enabled: true },
        subscription_cancel: {
          enabled: true,
          cancellation_reason: { enabled: true, options: ['unused', 'other'] },
        },
        subscription_update: {
          enabled: true,
          default_allowed_updates: ['price', 'quantity', 'promotion_code'],
          proration_behavior: 'always_invoice',
          products: [price, pro].map(({ id, product }) => ({
            prices: [id],
            product: String(product),
            adjustable_quantity: { enabled: true },
          })),
        },
      },
    })
    const { url } = await stripe.billingPortal.sessions.create({
      customer: customer.id,
      configuration: configuration.id,
      return_url: `${home}/back`,
      ...session,
    })
    await page.goto(url)
    return { customer, now: () => stripe.subscriptions.retrieve(subscription.id) }
  }

  test('changes the plan by keyboard, its proration shown before', async () => {
    const { now } = await visit()
    await expectSoundEverywhere(page)
    await tabTo(page, 'link', 'Change plan')
    await press('Enter')
    await shows('Choose a plan')
    await expectSoundEverywhere(page)
    await tabTo(page, 'radio', /Basic/)
    await press('ArrowDown')
    await tabTo(page, 'button', 'Continue')
    await press('Enter')
    await shows(/Unused time on Basic/)
    await shows('Due today')
    await expectSoundEverywhere(page)
    await tabTo(page, 'button', 'Confirm')
    await press('Enter')
    await page.getByRole('status').getByText('Your plan was updated.').waitFor()
    await expectSoundEverywhere(page)
    expect((await now()).items.data[0]?.price.id).toBe(pro.id)
  })

  test('cancels with a reason and takes it back, by keyboard', async () => {
    const { now } = await visit()
    await tabTo(page, 'link', 'Cancel subscription')
    await press('Enter')
    await shows('Why do you want to cancel?')
    await expectSoundEverywhere(page)
    await tabTo(page, 'combobox', 'Why do you want to cancel?')
    await type('I do not use it')
    await tabTo(page, 'button', 'Cancel on 1 June 2026')
    await press('Enter')
    await shows('It ends on 1 June 2026.')
    expect(await now()).toMatchObject({
      cancel_at_period_end: true,
      cancellation_details: { feedback: 'unused' },
    })
    await tabTo(page, 'button', 'Do not cancel')
    await press('Enter')
    await shows('Your subscription goes on.')
    expect((await now()).cancel_at_period_end).toBe(false)
  })

  test('replaces the card and the details, and opens an invoice, by keyboard', async () => {
    const { customer } = await visit()
    await tabTo(page, 'link', 'Replace card')
    await press('Enter')
    await typeCard('4000000000000002')
    await press('Enter')
    await page.getByRole('alert').getByText('Your card was declined.').waitFor()
    await expectSoundEverywhere(page)
    await tabTo(page, 'button', /^Succeeds/)
    await press('Enter')
    await press('Enter')
    await shows('Your card was saved.')
    await tabTo(page, 'link', 'Update details')
    await press('Enter')
    await expectSoundEverywhere(page)
    await tabTo(page, 'textbox', 'Name')
    await press('ControlOrMeta+A')
    await type('Ann Ltd')
    await press('Enter')
    await shows('Your details were saved.')
    expect(await world.stripe.customers.retrieve(customer.id)).toMatchObject({ name: 'Ann Ltd' })
    await tabTo(page, 'link', /May 2026.*invoice/)
    await press('Enter')
    await shows('Download as PDF')
    await expectSoundEverywhere(page)
  })

  test('is sound where there is nothing, where a link has expired, and at its login', async () => {
    const { id } = await world.stripe.customers.create({})
    const { url } = await world.stripe.billingPortal.sessions.create({ customer: id })
    await page.goto(url)
    await shows('No subscription.')
    await expectSoundEverywhere(page)
    await world.advance({ days: 1 })
    await page.reload()
    await shows('This link has expired')
    await expectSoundEverywhere(page)
    const { login_page: login } = await world.stripe.billingPortal.configurations.create({
      features: { invoice_history: { enabled: true } },
      login_page: { enabled: true },
    })
    await page.goto(login.url ?? '')
    await expectSoundEverywhere(page)
    await tabTo(page, 'textbox', 'Email')
    await type('ann@example.com')
    await press('Enter')
    await tabTo(page, 'link', 'Open your billing')
    await press('Enter')
    await shows('Billing of Ann')
  })
})

test('an open invoice is paid by keyboard on its own page', async () => {
  const { stripe } = world
  const { id } = await stripe.customers.create({})
  const draft = await stripe.invoices.create({ customer: id })
  await stripe.invoiceItems.create({
    customer: id,
    invoice: draft.id,
    amount: 999,
    currency: 'usd',
    description: 'Fee',
  })
  const open = await stripe.invoices.finalizeInvoice(draft.id)
  await page.goto(open.hosted_invoice_url ?? '')
  await expectSoundEverywhere(page)
  await typeCard('4000000000000341')
  await press('Enter')
  await page.getByRole('alert').getByText('Your card was declined.').waitFor()
  await expectSoundEverywhere(page)
  await tabTo(page, 'button', /^Succeeds/)
  await press('Enter')
  await press('Enter')
  await shows('Paid')
  expect((await stripe.invoices.retrieve(open.id)).status).toBe('paid')
})
