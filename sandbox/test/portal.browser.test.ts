import type { Page } from 'playwright-core'
import type Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectSoundEverywhere, handsOn, startDesk, tabTo } from './browser.ts'
import { customerWithCard, monthlyPrice, type Started, start } from './start.ts'

/** The billing portal and the page of an invoice as a person uses them, by keyboard alone. */
let world: Started
let desk: Awaited<ReturnType<typeof startDesk>>
let page: Page
let hands: ReturnType<typeof handsOn>
let price: Stripe.Price
let pro: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z', deaf: true })
  desk = await startDesk()
  price = await monthlyPrice(world.stripe, 4000, 'Basic')
  pro = await monthlyPrice(world.stripe, 9000, 'Pro')
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
    return_url: `${desk.home}/back`,
    ...session,
  })
  await page.goto(url)
  return { customer, now: () => stripe.subscriptions.retrieve(subscription.id) }
}

test('changes the plan by keyboard, its proration shown before', async () => {
  const { press, shows } = hands
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
  const { type, press, shows } = hands
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
  const { type, press, shows, typeCard, alerts } = hands
  const { customer } = await visit()
  await tabTo(page, 'link', 'Replace card')
  await press('Enter')
  await typeCard('4000000000000002')
  await press('Enter')
  await alerts('Your card was declined.')
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
  const { type, press, shows } = hands
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

test('an open invoice is paid by keyboard on its own page', async () => {
  const { press, shows, typeCard, alerts } = hands
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
  await alerts('Your card was declined.')
  await expectSoundEverywhere(page)
  await tabTo(page, 'button', /^Succeeds/)
  await press('Enter')
  await press('Enter')
  await shows('Paid')
  expect((await stripe.invoices.retrieve(open.id)).status).toBe('paid')
})
