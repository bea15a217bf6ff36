import { invalid, missing } from '../api/errors.ts'
import { type Customer, findCustomer } from '../customers/balance.ts'
import { newCustomer } from '../customers/customers.ts'
import { redeem } from '../discounts/redeem.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { previewSchedule } from '../schedules/preview.ts'
import {
  ended,
  findSubscription,
  itemsOf,
  nextTurn,
  type Subscription,
} from '../subscriptions/subscription.ts'
import { shownPreview } from '../subscriptions/turn.ts'
import { type Call, operation, type Resource, type World } from '../world.ts'
import { automaticTax, blankInvoice } from './blank.ts'
import { pendingItems, putOnInvoice } from './items.ts'
import { none, ofExisting } from './preview-existing.ts'
import { supposeItems } from './preview-items.ts'
import { ofNew } from './preview-new.ts'
import { type Previewing, previewing } from './preview-parameters.ts'

/** An invoice of one-off items alone, with what waits for the customer. */
function ofItems(world: World, customer: Customer, given: Previewing): object {
  if (!given.invoice_items?.length)
    throw none('name a subscription, items of one in subscription_details, or invoice_items', 'customer')
  const currency = checkCurrency(given.currency ?? customer.currency ?? 'usd')
  supposeItems(world, { customer: customer.id, currency }, given.invoice_items)
  const draft = {
    ...blankInvoice(world, { customer: customer.id, currency, reason: 'manual', autoAdvance: false }),
    ...(given.automatic_tax ? { automatic_tax: automaticTax(given.automatic_tax.enabled) } : {}),
  }
  const items = pendingItems(world, customer.id, currency)
  for (const item of items) putOnInvoice(world, item, draft.id)
  const subtotal = items.reduce((sum, { amount }) => sum + amount, 0)
  const about = { customer: customer.id, currency, subtotal, invoice: draft.id }
  return shownPreview(world, { ...draft, discounts: redeem(world, given.discounts ?? [], about) })
}

const wholeAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

/** The customer who is billed: the one that is named, as the details suppose, or one of the details alone. */
function customerOf(world: World, given: Previewing): Customer {
  const { address, shipping, tax_exempt: exempt } = given.customer_details ?? {}
  const found =
    given.customer === undefined ? newCustomer(world, {}) : findCustomer(world, given.customer, 'customer')
  return world.store.put<Customer>('customer', {
    ...found,
    ...(address ? { address: { ...wholeAddress, ...address } } : {}),
    ...(shipping ? { shipping: { ...shipping, address: { ...wholeAddress, ...shipping.address } } } : {}),
    ...(exempt ? { tax_exempt: exempt } : {}),
  })
}

function upcoming(world: World, given: Previewing): object {
  const { subscription: id, subscription_details: details } = given
  if (id !== undefined) {
    const found = findSubscription(world, id, 'subscription')
    if (given.customer !== undefined && given.customer !== found.customer)
      throw missing('subscription', id, 'subscription')
    if (given.customer_details) customerOf(world, { ...given, customer: found.customer })
    return ofExisting(world, found, given)
  }
  const nobody = given.customer === undefined && !given.customer_details
  const bills = details?.items?.length || given.invoice_items?.length
  if (nobody && (!bills || given.automatic_tax?.enabled)) {
    throw invalid('You must pass customer, customer_details, subscription or schedule.', {
      param: 'customer',
      code: 'parameter_missing',
    })
  }
  const customer = customerOf(world, given)
  if (details?.items?.length) return ofNew(world, customer.id, given)
  const end = (one: Subscription) => nextTurn(itemsOf(world, one.id)).end
  const [next] = world.store
    .by<Subscription>('subscription', 'customer', customer.id)
    .filter((one) => !ended(one) && one.status !== 'paused' && !one.cancel_at_period_end)
    .sort((a, b) => end(a) - end(b))
  return next ? ofExisting(world, next, given) : ofItems(world, customer, given)
}

function preview({ world, params }: Call<Previewing>): object {
  return world.store.dryRun(() => {
    if (params.schedule !== undefined || params.schedule_details) return previewSchedule(world, params)
    const shown = upcoming(world, params) as { customer: string | null }
    const stored = params.customer !== undefined || params.subscription !== undefined
    return stored ? shown : { ...shown, customer: null }
  })
}

/** Previews have no object of their own; only their route. */
export const previews: Resource = {
  object: 'invoice_preview',
  operations: [operation('POST /v1/invoices/create_preview', previewing, preview)],
}
