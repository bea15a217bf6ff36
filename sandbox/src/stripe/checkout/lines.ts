import { invalid } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { priceFromData } from '../catalog/create-price.ts'
import { findPrice, isMetered, offersCurrency, type Price, priceAmount } from '../catalog/prices.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { shortId, type World } from '../world.ts'
import type { GivenLine } from './parameters.ts'
import type { SessionLine } from './session.ts'

/** What a line comes to for one whole period, in minor units of the currency; metered use is billed later. */
export function amountOf(
  world: World,
  line: Pick<SessionLine, 'price' | 'quantity'>,
  currency: string | null,
): number {
  const price = findPrice(world, line.price)
  return line.quantity === null ? 0 : priceAmount(price, line.quantity, currency ?? price.currency)
}

/** The price of a line, made from `price_data` where that was given. */
function priceOf(world: World, given: GivenLine, param: string): Price {
  const data = given.price_data
  if ((given.price === undefined) === (data === undefined)) {
    throw invalid(`You must specify either \`price\` or \`price_data\` in ${param}.`, {
      param: `${param}[price]`,
    })
  }
  if (!data) return findPrice(world, given.price ?? '', `${param}[price]`)
  return priceFromData(world, data, `${param}[price_data]`)
}

function checkQuantity(given: GivenLine, price: Price, param: string): number | null {
  const at = { param: `${param}[quantity]` }
  if (isMetered(price)) {
    if (given.quantity === undefined) return null
    throw invalid('Quantity should not be specified where usage_type is `metered`.', at)
  }
  if (given.quantity === undefined)
    throw invalid(`Quantity is required. Add \`quantity\` to \`${param}\``, {
      ...at,
      code: 'parameter_missing',
    })
  if (given.quantity < 1)
    throw invalid('This value must be greater than or equal to 1.', {
      ...at,
      code: 'parameter_invalid_integer',
    })
  return given.quantity
}

const largestQuantity = 999_999

function adjustableOf(given: GivenLine, quantity: number | null, param: string): SessionLine['adjustable'] {
  const asked = given.adjustable_quantity
  if (!asked) return null
  const { enabled, maximum = null, minimum = null } = asked
  const at = `${param}[adjustable_quantity]`
  if (!enabled && (maximum !== null || minimum !== null))
    throw invalid('A maximum or minimum can only be set where the quantity is adjustable.', {
      param: `${at}[enabled]`,
    })
  if (maximum !== null && (maximum < 1 || maximum > largestQuantity))
    throw invalid(`The maximum must be between 1 and ${largestQuantity}.`, { param: `${at}[maximum]` })
  if (minimum !== null && (minimum < 0 || (maximum !== null && minimum > maximum)))
    throw invalid('The minimum must be between 0 and the maximum.', { param: `${at}[minimum]` })
  if (quantity !== null && (quantity > (maximum ?? quantity) || quantity < (minimum ?? quantity)))
    throw invalid('The quantity must be between its minimum and maximum.', { param: `${param}[quantity]` })
  return { enabled, maximum, minimum }
}

/** One line as it is asked for, checked; `position` is its place in the request. */
export function lineOf(world: World, given: GivenLine, position: number): SessionLine {
  const param = `line_items[${position}]`
  const price = priceOf(world, given, param)
  if (!given.price_data && !price.active)
    throw invalid('The price specified is inactive. This field only accepts active prices.', {
      param: `${param}[price]`,
    })
  const quantity = checkQuantity(given, price, param)
  return {
    id: shortId('li_'),
    price: price.id,
    quantity,
    metadata: mergeMetadata({}, given.metadata),
    adjustable: adjustableOf(given, quantity, param),
    taxRates: checkTaxRates(world, given.tax_rates ?? null, `${param}[tax_rates]`),
  }
}

const most = { payment: 100, subscription: 20 }

/** Refuses lines that do not go together in the session's mode or currency; answers the currency. */
export function checkLines(
  world: World,
  lines: SessionLine[],
  about: { mode: 'payment' | 'subscription'; currency?: string | undefined },
): string {
  const prices = lines.map((line) => findPrice(world, line.price))
  const recurring = prices.filter((price) => price.recurring)
  if (about.mode === 'payment' && recurring.length)
    throw invalid(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      { param: 'line_items' },
    )
  if (about.mode === 'subscription' && !recurring.length)
    throw invalid('You must provide at least one recurring price in `subscription` mode when using prices.', {
      param: 'line_items',
    })
  const counts =
    about.mode === 'payment' ? [lines.length] : [recurring.length, prices.length - recurring.length]
  if (counts.some((count) => count > most[about.mode]))
    throw invalid(`A Checkout Session in ${about.mode} mode takes at most ${most[about.mode]} line items.`, {
      param: 'line_items',
    })
  const currency = about.currency ?? prices[0]?.currency ?? 'usd'
  const other = prices.findIndex((price) => !offersCurrency(price, currency))
  if (other >= 0)
    throw invalid(
      `The price specified only supports \`${prices[other]?.currency}\`. This doesn't match the expected currency: \`${currency}\`.`,
      { param: `line_items[${other}][price]` },
    )
  if (new Set(recurring.map(({ id }) => id)).size < recurring.length)
    throw invalid('Cannot add multiple subscription items with the same price.', { param: 'line_items' })
  return currency
}
