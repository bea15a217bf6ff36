import { invalid } from '../api/errors.ts'
import { mergeMetadata } from '../api/params.ts'
import { checkTaxRates } from '../catalog/tax-rates.ts'
import { quantityForms } from '../money/money.ts'
import type { World } from '../world.ts'
import { type Pricing, priceItem, within } from './item-pricing.ts'
import { type InvoiceItem, type NewItem, redeemForItem } from './items.ts'

const pricedBy = ['amount', 'price_data', 'pricing', 'unit_amount_decimal'] as const

/** What a change of an item's price or quantity makes of it; null where neither is asked for. */
function repriced(
  world: World,
  item: InvoiceItem,
  given: Pricing,
  param: string,
): Omit<NewItem, 'customer'> | null {
  const { amount, price_data, pricing, unit_amount_decimal, quantity, quantity_decimal } = given
  const counted = quantity !== undefined || quantity_decimal !== undefined
  const priced = pricedBy.some((name) => given[name] !== undefined)
  if (!priced && !counted) return null
  if (item.proration && !priced)
    throw invalid('The quantity of a proration cannot be changed.', { param: within(param, 'quantity') })
  const unit = item.pricing?.unit_amount_decimal ?? String(item.amount)
  const kept =
    item.pricing && item.hidden.unitAmount === null
      ? { pricing: { price: item.pricing.price_details.price } }
      : { unit_amount_decimal: item.hidden.unitAmount ?? unit }
  const how = priced
    ? {
        ...(amount === undefined ? {} : { amount }),
        ...(price_data ? { price_data } : {}),
        ...(pricing ? { pricing } : {}),
        ...(unit_amount_decimal === undefined ? {} : { unit_amount_decimal }),
      }
    : kept
  const many = counted
    ? {
        ...(quantity === undefined ? {} : { quantity }),
        ...(quantity_decimal === undefined ? {} : { quantity_decimal }),
      }
    : amount === undefined
      ? { quantity_decimal: item.quantity_decimal }
      : {}
  return priceItem(world, { ...how, ...many }, { currency: item.currency, param, isKept: !priced })
}

/**
 * An invoice item as the parameters change it; not stored. `param` is the name of what holds them, for refusals. An
 * item whose amount turns negative is no longer discountable unless it is asked to be.
 */
export function changedItem(world: World, item: InvoiceItem, given: Pricing, param = ''): InvoiceItem {
  const fresh = repriced(world, item, given, param)
  const { description, period, metadata, discounts, tax_rates: rates } = given
  const discountable = given.discountable ?? ((fresh?.amount ?? item.amount) < 0 ? false : item.discountable)
  if (given.discountable && item.proration)
    throw invalid('Prorations cannot be discountable.', { param: within(param, 'discountable') })
  const { net_amount: _, ...plain } = item
  const changed: InvoiceItem = {
    ...plain,
    ...(fresh
      ? {
          amount: fresh.amount,
          pricing: fresh.pricing ?? null,
          ...quantityForms(fresh.quantity ?? 1),
          hidden: { ...item.hidden, unitAmount: fresh.unitAmount ?? null },
        }
      : {}),
    ...(description === undefined ? {} : { description }),
    ...(period ? { period } : {}),
    discountable,
    metadata: mergeMetadata(item.metadata, metadata),
    ...(rates === undefined
      ? {}
      : { tax_rates: checkTaxRates(world, rates, within(param, 'tax_rates'), item.tax_rates) }),
  }
  const own = discounts
    ? redeemForItem(world, changed, discounts, { kept: item.discounts, param: within(param, 'discounts') })
    : item.discounts
  return { ...changed, discounts: own, ...(discountable ? {} : { net_amount: changed.amount }) }
}
