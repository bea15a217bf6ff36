import { invalid, missing } from '../api/errors.ts'
import type { World } from '../world.ts'
import { changedItem } from './item-changes.ts'
import { priceItem } from './item-pricing.ts'
import { createItem, type InvoiceItem, pendingItems } from './items.ts'
import type { PreviewItem } from './preview-parameters.ts'

type Pricing = Parameters<typeof priceItem>[1]

/** An item of a preview in the form of an invoice item's own parameters. */
function pricingOf(given: PreviewItem, param: string): Pricing {
  const { currency: _, invoiceitem: __, tax_behavior: ___, tax_code: ____, price, ...rest } = given
  const { unit_amount: whole, ...plain } = rest
  if (whole !== undefined && plain.unit_amount_decimal !== undefined) {
    throw invalid('You may only specify one of these parameters: unit_amount, unit_amount_decimal.', {
      param: `${param}[unit_amount]`,
    })
  }
  return {
    ...plain,
    ...(price === undefined ? {} : { pricing: { price } }),
    ...(whole === undefined ? {} : { unit_amount_decimal: String(whole) }),
  }
}

/** Puts the items that a preview is to show besides what is there, and changes those that wait already. */
export function supposeItems(
  world: World,
  about: { customer: string; currency: string },
  items: PreviewItem[],
): void {
  items.forEach((given, position) => {
    const param = `invoice_items[${position}]`
    const pricing = pricingOf(given, param)
    if (given.invoiceitem !== undefined) {
      const item = world.store.get<InvoiceItem>('invoiceitem', given.invoiceitem)
      if (item?.customer !== about.customer || item.invoice !== null)
        throw missing('invoiceitem', given.invoiceitem, `${param}[invoiceitem]`)
      world.store.put('invoiceitem', changedItem(world, item, pricing, param))
      return
    }
    const priced = priceItem(world, pricing, { currency: given.currency ?? about.currency, param })
    createItem(world, { ...priced, customer: about.customer })
  })
}

/** Takes away what waits for a customer's next invoice, so that only what recurs is left. */
export function dropPending(world: World, customer: string, currency: string): void {
  for (const item of pendingItems(world, customer, currency)) world.store.remove('invoiceitem', item.id)
}
