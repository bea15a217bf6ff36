import { invalid, notImplemented } from '../api/errors.ts'
import type { Given } from './parameters.ts'
import { checkTaxIdCollection } from './tax-id.ts'

type Mode = Given['mode']

/** Parameters that belong to one mode only, and the modes in which they may be given. */
const modesOf: [name: keyof Given, modes: Mode[]][] = [
  ['allow_promotion_codes', ['payment', 'subscription']],
  ['discounts', ['payment', 'subscription']],
  ['line_items', ['payment', 'subscription']],
  ['payment_intent_data', ['payment']],
  ['payment_method_collection', ['subscription']],
  ['saved_payment_method_options', ['payment', 'subscription']],
  ['setup_intent_data', ['setup']],
  ['submit_type', ['payment', 'subscription']],
  ['subscription_data', ['subscription']],
]

const onlyOne = (first: string, second: string, param: string) =>
  invalid(`You may only specify one of these parameters: ${first}, ${second}.`, { param })

function checkMode(given: Given): void {
  for (const [name, modes] of modesOf) {
    if (given[name] !== undefined && !modes.includes(given.mode))
      throw invalid(`You can not pass \`${name}\` in \`${given.mode}\` mode.`, { param: name })
  }
  if (given.mode === 'subscription' && given.customer_creation !== undefined)
    throw invalid('`customer_creation` can only be used in `payment` and `setup` mode.', {
      param: 'customer_creation',
    })
  if (given.mode !== 'payment' && given.invoice_creation?.enabled) {
    throw invalid(
      'You can only enable invoice creation when `mode` is set to `payment`. Invoices are created automatically when `mode` is set to `subscription`, and are unsupported when set to `setup`. To learn more visit https://stripe.com/docs/payments/checkout/post-payment-invoices.',
      { param: 'invoice_creation' },
    )
  }
  const needsCurrency = given.mode === 'setup' && given.allowed_payment_method_types === undefined
  if (needsCurrency && given.currency === undefined)
    throw invalid('Missing required param: currency.', { param: 'currency', code: 'parameter_missing' })
}

/** A session that saves a card leaves nothing to recover but its form. */
function checkRecovery(given: Given): void {
  if (given.mode === 'setup' && given.after_expiration)
    throw notImplemented('after_expiration in setup mode', 'after_expiration')
}

function checkPairs(given: Given): void {
  if (given.customer !== undefined && given.customer_email !== undefined)
    throw onlyOne('customer', 'customer_email', 'customer')
  if (given.customer !== undefined && given.customer_creation !== undefined)
    throw onlyOne('customer', 'customer_creation', 'customer')
  if (given.discounts?.length && given.allow_promotion_codes !== undefined)
    throw onlyOne('allow_promotion_codes', 'discounts', 'allow_promotion_codes')
  if ((given.discounts?.length ?? 0) > 1)
    throw invalid('A Checkout Session takes at most one discount.', { param: 'discounts' })
  if (given.customer_update && given.customer === undefined)
    throw invalid('`customer_update` can only be used with `customer`.', { param: 'customer_update' })
  const data = given.subscription_data
  const at = (name: string) => `subscription_data[${name}]`
  if (data?.trial_end !== undefined && data.trial_period_days !== undefined)
    throw onlyOne('trial_end', 'trial_period_days', at('trial_end'))
  const trial = data?.trial_end ?? data?.trial_period_days
  for (const name of ['billing_cycle_anchor', 'billing_cycle_anchor_config'] as const) {
    if (data?.[name] !== undefined && trial !== undefined)
      throw invalid('A billing cycle anchor and a trial cannot both be set on a Checkout Session.', {
        param: at(name),
      })
  }
  const anchored = (data?.billing_cycle_anchor ?? data?.billing_cycle_anchor_config) !== undefined
  if (data?.proration_behavior !== undefined && !anchored)
    throw invalid('`proration_behavior` can only be used with a billing cycle anchor.', {
      param: at('proration_behavior'),
    })
  if (given.invoice_creation?.enabled && given.payment_intent_data?.capture_method === 'manual')
    throw invalid('`invoice_creation` cannot be enabled with `capture_method` set to `manual`.', {
      param: 'invoice_creation',
    })
}

/** Only cards can be paid with here: a list that leaves them out leaves no way to pay. */
function checkMethods(given: Given): void {
  const allowed = given.allowed_payment_method_types
  const excluded = given.excluded_payment_method_types ?? []
  const param =
    allowed && !allowed.includes('card') ? 'allowed_payment_method_types' : 'excluded_payment_method_types'
  if ((allowed && !allowed.includes('card')) || excluded.includes('card'))
    throw notImplemented('Checkout without cards', param)
}

const largestDescriptor = 22

function checkDescriptors(given: Given): void {
  const data = given.payment_intent_data
  if (data?.statement_descriptor !== undefined)
    throw invalid(
      'The `statement_descriptor` parameter cannot be used for card charges; use `statement_descriptor_suffix`.',
      { param: 'payment_intent_data[statement_descriptor]' },
    )
  if ((data?.statement_descriptor_suffix?.length ?? 0) > largestDescriptor)
    throw invalid(`The statement descriptor suffix must be at most ${largestDescriptor} characters.`, {
      param: 'payment_intent_data[statement_descriptor_suffix]',
    })
}

/** Refuses what does not go together in a new session. */
export function checkGiven(given: Given): void {
  if (given.ui_mode && given.ui_mode !== 'hosted_page')
    throw notImplemented(`the ui_mode ${given.ui_mode}`, 'ui_mode')
  if (!given.success_url)
    throw invalid('Missing required param: success_url.', { param: 'success_url', code: 'parameter_missing' })
  for (const name of ['success_url', 'cancel_url'] as const) {
    const url = given[name]
    if (url !== undefined && !/^https?:\/\/.+/.test(url))
      throw invalid('Not a valid URL', { param: name, code: 'url_invalid' })
  }
  checkMode(given)
  checkPairs(given)
  checkMethods(given)
  checkTaxIdCollection(given)
  checkRecovery(given)
  checkDescriptors(given)
}

/** Tax has to know where the customer is: what the customer has, or what the page saves to it. */
export function checkLocation(given: Given, customer: { address: object | null } | null): void {
  if (
    !given.automatic_tax?.enabled ||
    !customer ||
    customer.address ||
    given.customer_update?.address === 'auto'
  )
    return
  throw invalid(
    "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
    { code: 'customer_tax_location_invalid' },
  )
}
